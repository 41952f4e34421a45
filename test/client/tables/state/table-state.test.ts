import { describe, expect, test } from 'vitest'
import {
  type TableInput,
  type TablePhase,
  tableMoves,
} from '../../../../src/client/tables/state/table-phase.ts'
import { readTableRequest, subscribeRequest } from '../../../../src/client/tables/state/table-request.ts'
import { createTableState } from '../../../../src/client/tables/state/table-state.ts'
import type { RealtimeEventData } from '../../../../src/protocol/messages.ts'

const nothing = null

/** Where each input leads from each phase: stops compiling when one lacks its row. */
const expected: { readonly [Phase in TablePhase]: { readonly [Input in TableInput]: TablePhase | null } } = {
  waiting: { ...fromOpen('away'), end: nothing, subscribed: nothing, commit: nothing },
  reading: { ...fromOpen('away'), end: 'following', subscribed: nothing, commit: nothing },
  following: { ...fromOpen('away'), end: nothing, subscribed: 'settling', commit: nothing },
  settling: { ...fromOpen('away'), end: nothing, subscribed: nothing, commit: 'live' },
  live: { ...fromOpen('stale'), end: nothing, subscribed: nothing, commit: 'live' },
  stale: { ...fromOpen('stale'), end: nothing, subscribed: nothing, commit: 'live' },
  away: { ...fromOpen('away'), end: nothing, subscribed: nothing, commit: nothing },
  failed: { ...fromClosed(), close: 'closed' },
  closed: fromClosed(),
}

function fromOpen(lost: TablePhase) {
  return { part0: 'reading', renew: 'waiting', lost, refused: 'failed', close: 'closed' } as const
}

function fromClosed() {
  return {
    part0: null,
    end: null,
    subscribed: null,
    commit: null,
    renew: null,
    lost: null,
    refused: null,
    close: null,
  }
}

test.each(Object.entries(expected))('a live table that is %s goes where the table says', (phase, row) => {
  const inputs = Object.keys(row) as TableInput[]
  const moves = inputs.map(input => [input, tableMoves[phase as TablePhase][input] ?? null])
  expect(Object.fromEntries(moves)).toEqual(row)
})

const key = {
  key: ['id'],
  columns: [
    { name: 'id', type: 'integer' },
    { name: 'n', type: 'integer' },
  ],
}

function event(op: 'INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE', id: number | null, n = 0): RealtimeEventData {
  return {
    event_type: op,
    op,
    table: 't',
    id: id === null ? null : String(id),
    timestamp: '',
    data: id === null ? null : { id, n },
    event_id: '',
    seq: null,
    tx: null,
    origin: null,
    channel: null,
    subscriptions: ['t'],
  }
}

function open(options = {}) {
  let renewals = 0
  const state = createTableState('t', readTableRequest('t', options), () => void renewals++)
  const read = (rows: { id: number; n: number }[], more = false) => {
    const ids = rows.map(({ id }) => String(id))
    state.receive({ type: 'snapshot', data: { id: 't', part: 0, ids, rows, ...key } })
    state.receive({ type: 'snapshot_end', data: { id: 't', cursor: 's', count: rows.length, more } })
    state.receive({ type: 'subscribed', data: { id: 't', cursor: 's', resumed: 'fresh' } })
  }
  const shown = () => state.known.rows.map(row => row['id'])
  /** True: it has asked to be read anew since the last time. */
  const isRenewing = () => {
    const count = renewals
    renewals = 0
    return count > 0
  }
  return { state, read, shown, isRenewing }
}

describe('the state of a live table', () => {
  test('shows nothing of a snapshot before the first checkpoint, and a transaction as one', () => {
    const { state, read, shown } = open()
    read([{ id: 2, n: 0 }])
    expect(shown()).toEqual([])
    state.event(event('INSERT', 1))
    state.commit('c1')
    expect(shown()).toEqual([1, 2])
    state.event(event('DELETE', 2))
    state.event(event('INSERT', 3))
    expect(shown()).toEqual([1, 2])
    state.commit('c2')
    expect([shown(), state.cursor]).toEqual([[1, 3], 'c2'])
  })

  test('keeps what it has staged when the connection is lost, and takes repeats for what they are', () => {
    const { state, read, shown } = open()
    read([])
    state.commit('c1')
    state.event(event('INSERT', 1))
    state.lost('c1, and what came since')
    expect([state.phase, state.isSettled]).toEqual(['stale', true])
    state.event(event('INSERT', 1))
    state.event(event('INSERT', 2))
    state.commit('c2')
    expect(shown()).toEqual([1, 2])
  })

  test('forgets what it has staged of a batch that was cut: it comes again, and half of it is nothing to show', () => {
    const { state, read, shown } = open()
    read([])
    state.commit('c1')
    state.event(event('INSERT', 1))
    state.lost('c1')
    state.commit('c1')
    expect([state.phase, shown()]).toEqual(['live', []])
    state.event(event('INSERT', 1))
    state.event(event('INSERT', 2))
    state.commit('c2')
    expect(shown()).toEqual([1, 2])
  })

  test('shows the old rows until the new ones are complete, and hears nothing of the old subscription meanwhile', () => {
    const { state, read, shown, isRenewing } = open()
    read([{ id: 1, n: 0 }])
    state.commit('c1')
    expect(state.leave('renew')).toBe(true)
    state.event(event('INSERT', 9))
    state.commit('c2')
    expect(isRenewing()).toBe(false)
    expect([shown(), state.cursor]).toEqual([[1], 'c1'])
    read([{ id: 5, n: 0 }])
    expect(shown()).toEqual([1])
    state.commit('c3')
    expect(shown()).toEqual([5])
  })

  test('asks for more rows when those in hand run out, shows the old ones meanwhile, and keeps more in reserve', () => {
    const { state, read, shown, isRenewing } = open({ limit: 2 })
    const before = state.request(false).limit ?? 0
    read(
      Array.from({ length: before }, (_, n) => ({ id: n + 1, n })),
      true,
    )
    state.commit('c1')
    for (let id = 1; id < before; id++) state.event(event('DELETE', id))
    state.commit('c2')
    expect(isRenewing()).toBe(true)
    expect([shown(), state.cursor, state.phase]).toEqual([[1, 2], 'c1', 'waiting'])
    expect(state.request(false).limit).toBe(before * 2)
  })

  test('knows a row behind its limit, and does not show it until others have left', () => {
    const { state, read, shown } = open({ limit: 1, orderBy: 'n desc' })
    read([
      { id: 1, n: 9 },
      { id: 2, n: 5 },
    ])
    state.commit('c1')
    expect([shown(), state.known.shown('1')?.row, state.known.shown('2')]).toEqual([
      [1],
      { id: 1, n: 9 },
      undefined,
    ])
    expect(state.known.take()).toEqual({ added: [{ id: 1, n: 9 }], updated: [], removed: [] })
    state.event(event('UPDATE', 1, 2))
    state.commit('c2')
    expect([shown(), state.known.shown('1'), state.known.shown('2')?.row]).toEqual([
      [2],
      undefined,
      { id: 2, n: 5 },
    ])
    expect(state.known.take()).toEqual({ added: [{ id: 2, n: 5 }], updated: [], removed: [{ id: 1, n: 9 }] })
    state.event(event('UPDATE', 1, 7))
    state.commit('c3')
    expect(state.known.take()).toEqual({
      added: [{ id: 1, n: 7 }],
      updated: [],
      removed: [{ id: 2, n: 5 }],
    })
    expect(state.known.take()).toBe(null)
  })

  test('does not keep all that ever came into its window', () => {
    const { state, read, shown, isRenewing } = open({ limit: 1, orderBy: 'n' })
    const wanted = state.request(false).limit ?? 0
    read([], false)
    for (let id = 1; id <= 100; id++) state.event(event('INSERT', id, -id))
    state.commit('c1')
    expect(shown()).toEqual([100])
    expect(state.known.byId.size).toBe(wanted)
    // What is behind the last one that was kept is not known any more.
    state.event(event('INSERT', 500, 0))
    for (let id = 100; id > 100 - wanted; id--) state.event(event('DELETE', id, -id))
    state.commit('c2')
    expect(isRenewing()).toBe(true)
  })

  test('tells nothing when a change is of columns that are not shown', () => {
    const { state, read } = open({ columns: [] })
    read([{ id: 1, n: 0 }])
    state.commit('c1')
    const { rows } = state.known
    state.event(event('UPDATE', 1, 7))
    state.commit('c2')
    expect([state.known.rows === rows, state.cursor]).toEqual([true, 'c2'])
  })

  test('asks again where a snapshot could not be gone on from, or a row was too big to be sent', () => {
    const { state, read, isRenewing } = open()
    state.receive({ type: 'snapshot', data: { id: 't', part: 0, ids: [], rows: [], ...key } })
    state.receive({ type: 'subscribed', data: { id: 't', cursor: 's', resumed: 'gap' } })
    expect(isRenewing()).toBe(true)
    read([])
    state.commit('c1')
    state.event({ ...event('INSERT', 1), truncated: true })
    state.commit('c2')
    expect(isRenewing()).toBe(true)
  })
})

describe('the options of a live table', () => {
  test.each([
    ['n', [{ column: 'n' }]],
    [' n  DESC ', [{ column: 'n', direction: 'desc' }]],
    [
      ['a asc', { column: 'b', nulls: 'first' as const }],
      [{ column: 'a' }, { column: 'b', nulls: 'first' }],
    ],
    [
      { column: 'b', direction: 'desc' as const, nulls: 'first' as const },
      [{ column: 'b', direction: 'desc' }],
    ],
  ])('take orderBy %j', (orderBy, terms) => {
    expect(readTableRequest('t', { orderBy }).order_by).toEqual(terms)
  })

  test.each([
    ['', {}],
    ['t', { limit: 0 }],
    ['t', { limit: 1.5 }],
    ['t', { limit: 100_001 }],
    ['t', { orderBy: '' }],
    ['t', { orderBy: [{ column: 'a', direction: 'up' as never }] }],
    ['t', { orderBy: { column: 'a', nulls: 'middle' as never } }],
    ['t', { orderBy: [null as never] }],
  ])('are refused when they make no sense: %j %j', (name, options) => {
    expect(() => readTableRequest(name, options)).toThrow(
      expect.objectContaining({ code: 'RTB_CLIENT_TABLE' }),
    )
  })

  test('ask for the columns that the order needs, too', () => {
    const request = readTableRequest('t', { columns: ['b', 'a', 'b'], orderBy: 'n desc', limit: 5 })
    expect(subscribeRequest('x', request, false, 20)).toMatchObject({
      columns: ['a', 'b', 'n'],
      order_by: [{ column: 'n', direction: 'desc' }],
      limit: 20,
    })
  })
})
