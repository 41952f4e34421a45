import { expect, test } from 'vitest'
import type { PartCore, StreamHost, StreamPart } from '../../../src/client/machine/stream-part.ts'
import { openTables } from '../../../src/client/tables/open-tables.ts'
import { ManualTableClock } from './model-client.ts'

/** A connection that only notes what is asked of it. */
function openHost() {
  const parts: StreamPart[] = []
  const renewed: StreamPart[] = []
  const errors: unknown[] = []
  const clock = new ManualTableClock()
  const host: StreamHost = {
    add: part => void parts.push(part),
    remove: part => void parts.splice(parts.indexOf(part), 1),
    renew: part => void renewed.push(part),
  }
  const core: PartCore = {
    report: error => void errors.push(error),
    later: (work, ms) => clock.later(work, ms),
    monotonicNow: () => clock.now(),
  }
  return { parts, renewed, errors, clock, tables: { open: openTables(core, host) } }
}

function load(part: StreamPart, ids: readonly number[], cursor: string): void {
  const { id } = part
  const rows = ids.map(each => ({ id: each }))
  const columns = [{ name: 'id', type: 'integer' }]
  part.receive({ type: 'snapshot', data: { id, part: 0, ids: ids.map(String), rows, key: ['id'], columns } })
  part.receive({ type: 'snapshot_end', data: { id, cursor, count: ids.length, more: false } })
  part.receive({ type: 'subscribed', data: { id, cursor, resumed: 'fresh' } })
  part.commit(cursor)
  part.notify()
}

function refuse(part: StreamPart | undefined, code: string, retryMs?: number): void {
  const data = { code, message: 'no', hint: 'ask', in_reply_to: null }
  part?.refused({ ...data, ...(retryMs !== undefined && { retry_ms: retryMs }) })
  part?.notify()
}

test('equal tables are one at the hub until the last of them is closed', async () => {
  const { tables, parts } = openHost()
  const one = tables.open('queue', { orderBy: 'n desc' })
  const other = tables.open('queue', { orderBy: [{ column: 'n', direction: 'desc', nulls: 'first' }] })
  tables.open('queue', {})
  expect(parts).toHaveLength(2)
  load(parts[0] as StreamPart, [1, 2], 'c')
  expect(one.rows).toBe(other.rows)
  one.close()
  one.close()
  expect([one.state, other.state, one.rows.length, parts.length]).toEqual(['closed', 'live', 2, 2])
  await expect(one.ready()).rejects.toMatchObject({ code: 'RTB_CLIENT_CLOSED' })
  other.close()
  expect(parts).toHaveLength(1)
})

test('tells listeners what changed, and a listener that throws is told of itself', async () => {
  const { tables, parts, errors } = openHost()
  const table = tables.open('queue', {})
  const ready = table.ready()
  const told: unknown[] = []
  table.onChange(() => {
    throw new Error('mine')
  })
  table.onChange((rows, change) => told.push([rows, change]))
  const states: unknown[] = []
  table.subscribe(() => states.push(table.getSnapshot()))
  load(parts[0] as StreamPart, [1], 'c')
  await ready
  expect(told).toEqual([[[{ id: 1 }], { added: [{ id: 1 }], updated: [], removed: [] }]])
  expect(states).toEqual([{ rows: [{ id: 1 }], state: 'live', error: null }])
  expect(states[0]).toBe(table.getSnapshot())
  expect(errors).toEqual([new Error('mine')])
})

test('tells listeners that a table is empty, once', () => {
  const { tables, parts } = openHost()
  const table = tables.open('queue', {})
  const told: unknown[] = []
  table.onChange((rows, change) => told.push([rows, change]))
  expect(told).toEqual([])
  load(parts[0] as StreamPart, [], 'c')
  load(parts[0] as StreamPart, [], 'd')
  expect(told).toEqual([[[], { added: [], updated: [], removed: [] }]])
})

test('a table that the hub refuses fails and is reported, and who asks again gets another answer', async () => {
  const { tables, parts, renewed, errors } = openHost()
  const table = tables.open('queue', {})
  const same = tables.open('queue', {})
  refuse(parts[0], 'RTB_SNAPSHOT_TABLE')
  expect(errors).toEqual([table.error])
  expect(same.error).toBe(table.error)
  expect([table.state, table.error?.code, parts.length, renewed.length]).toEqual([
    'failed',
    'RTB_SNAPSHOT_TABLE',
    0,
    0,
  ])
  await expect(table.ready()).rejects.toBe(table.error)
  expect(tables.open('queue', {}).state).toBe('loading')
  expect(parts).toHaveLength(1)
})

test('what the hub cannot do now is asked for again, after as long as it says', () => {
  const { tables, parts, renewed, errors, clock } = openHost()
  const table = tables.open('queue', {})
  refuse(parts[0], 'RTB_LIMIT_MESSAGES', 2_000)
  clock.pass(1_999)
  expect(renewed).toHaveLength(0)
  clock.pass(1)
  expect([renewed.length, errors.length]).toEqual([1, 0])
  refuse(parts[0], 'RTB_SNAPSHOT_FAILED')
  clock.pass(5_000)
  expect([renewed.length, errors.length, table.state]).toEqual([2, 1, 'loading'])
})

test('a row that is too big and changes all the time does not make it read the table more than once a second', () => {
  const { tables, parts, renewed, clock } = openHost()
  tables.open('queue', {})
  const part = parts[0] as StreamPart
  for (let n = 0; n < 30; n++) {
    load(part, [1], `c${n}`)
    part.event({
      event_type: 'UPDATE',
      op: 'UPDATE',
      table: 'queue',
      id: '1',
      data: { id: 1 },
      truncated: true,
      timestamp: '',
      event_id: `e${n}`,
      seq: null,
      tx: null,
      origin: null,
      channel: null,
      subscriptions: [part.id],
    })
    part.commit(`d${n}`)
    clock.pass(100)
  }
  // At the next tick, and one and two seconds later.
  expect(renewed).toHaveLength(3)
})

test('a lost connection ends the pause before it is read anew: it is read when the connection is back', () => {
  const { tables, parts, renewed, clock } = openHost()
  const table = tables.open('queue', {})
  const part = parts[0] as StreamPart
  refuse(part, 'RTB_LIMIT_MESSAGES', 500)
  clock.clear()
  part.lost(null)
  clock.pass(10_000)
  expect([renewed.length, table.state, part.isSettled]).toEqual([0, 'loading', false])
  load(part, [1], 'c')
  part.lost('c')
  expect([table.state, part.isSettled, table.rows.length]).toEqual(['stale', true, 1])
})

test('a table that was there is asked for again, whatever the hub says of it now: it may be on its way back', () => {
  const { tables, parts, renewed, errors, clock } = openHost()
  const table = tables.open('queue', {})
  const [part] = parts
  load(part as StreamPart, [1], 'c')
  // Its database was restored, and its triggers are installed in a moment.
  part?.request(false)
  refuse(part, 'RTB_SNAPSHOT_TABLE')
  expect([table.state, table.rows, errors.length]).toEqual(['loading', [{ id: 1 }], 1])
  clock.pass(5_000)
  expect(renewed).toEqual([part])
  load(part as StreamPart, [2], 'd')
  expect([table.state, table.rows]).toEqual(['live', [{ id: 2 }]])
})
