import { describe, expect, test } from 'vitest'
import type { HubLook, HubTrace } from '../../src/cli/trace/ask-hub.ts'
import { lookAtClients } from '../../src/cli/trace/look-at-clients.ts'
import { lookAtHub } from '../../src/cli/trace/look-at-hub.ts'
import { judgeSteps, step, stepNames } from '../../src/cli/trace/trace-step.ts'
import { wholeXid } from '../../src/cli/trace/written-unseen.ts'
import type { Change } from '../../src/domain/change.ts'
import { formatCursor } from '../../src/domain/cursor.ts'

const incarnation = '00000000000000aa'
const table = { id: 1, schema: 'public', name: 'bookings', keyColumns: ['id'] }
const change: Change = {
  seq: '70',
  xid: '900',
  at: '2026-01-02T03:04:05.123456Z',
  table,
  op: 'INSERT',
  oldRow: null,
  newRow: '{"id": 1}',
  origin: null,
  truncated: false,
}

/** A hub that has read all transactions below `xmax`, but for those in progress. */
function hubAt(xmax: bigint, xip: readonly bigint[] = [], trace: HubTrace | null = null): HubLook {
  const cursor = formatCursor({ incarnation, snapshot: { xmax, xip }, inBatch: null })
  const health = { state: 'live', cursor, capture: { lagMs: 40 }, hubs: [], problems: [] }
  return { address: 'office:8765', health: health as never, problem: null, trace, refusal: null }
}

type Connection = HubTrace['connections'][number]

function client(delivery: Connection['delivery']): Connection {
  const event = {
    event_type: 'INSERT',
    delivery,
    result: 'selected',
    subscriptions: ['all'],
    misses: [],
  } as const
  return {
    id: 'hub/c1',
    client_id: 'c1',
    app_name: 'desk',
    address: '10.0.0.5',
    user: null,
    state: 'live',
    lag_ms: 0,
    delivery,
    events: [{ ...event, subscriptions: ['all'], misses: [] }],
  }
}

function traceOf(...connections: Connection[]): HubTrace {
  return {
    read: true,
    events: [{ event_type: 'INSERT', event_id: 'e' }],
    total: connections.length,
    connections,
  }
}

describe('a hub that is live', () => {
  test('and has read past the change has let it pass, to disk too', () => {
    const states = lookAtHub(hubAt(901n), change, '00000000').map(({ state }) => state)
    expect(states).toEqual(['ok', 'ok', 'ok'])
  })

  test.each([
    ['ends before it', hubAt(900n)],
    ['saw its transaction in progress', hubAt(950n, [900n])],
  ])('and whose position %s is where it waits', (_, hub) => {
    const [, read, durability] = lookAtHub(hub, change, '00000000')
    expect(read).toMatchObject({ state: 'waiting', found: expect.stringContaining('40 ms behind') })
    expect(durability.state).toBe('skipped')
  })
})

describe('the clients', () => {
  test.each([
    ['waiting', 'waiting'],
    ['behind', 'waiting'],
    ['unknown', 'skipped'],
    ['begins-later', 'dropped'],
    ['not-registered', 'dropped'],
    ['sent', 'ok'],
  ] as const)('of which one is %s make the step %s', (delivery, state) => {
    expect(lookAtClients(hubAt(901n, [], traceOf(client(delivery))), change, null).state).toBe(state)
  })

  test('of which one has it and another waits are a warning', () => {
    const found = lookAtClients(hubAt(901n, [], traceOf(client('sent'), client('behind'))), change, null)
    expect(found).toMatchObject({ state: 'warning', found: 'it was given to 1 of 2 clients' })
  })

  test('beyond those that were told of are not taken for nobody', () => {
    const trace = { ...traceOf(client('not-for-it')), total: 500 }
    expect(lookAtClients(hubAt(901n, [], trace), change, null).state).toBe('skipped')
  })

  test.each([
    ['was started since', '2026-01-02T03:04:06Z', 0, 'the hub was started after it, and its memory'],
    [
      'was started since by the clock of the database',
      '2026-01-02T03:04:00Z',
      60_000,
      'the hub was started after it',
    ],
    ['has forgotten it', '2026-01-02T03:04:05Z', 0, "the hub's memory (hub.tail) does not reach back to it"],
  ])('of a hub that %s are not known, and why', (_, started_at, clock_offset_ms, why) => {
    const hub = hubAt(901n, [], { ...traceOf(client('begins-later')), events: null })
    const health = { started_at, canary: { clock_offset_ms } } as never
    const { state, found } = lookAtClients({ ...hub, health }, change, null)
    expect({ state, found }).toEqual({ state: 'skipped', found: expect.stringContaining(why) })
    expect(found).toMatch(/; 1 client is connected$/)
  })

  test('of an event that the hub did not make are not blamed', () => {
    expect(lookAtClients(hubAt(901n, [], traceOf(client('sent'))), change, 'BOOKED')).toMatchObject({
      state: 'skipped',
      found: 'the hub made no BOOKED of it',
    })
  })
})

describe('the verdict', () => {
  const passed = stepNames.map(name => step(name, 'ok', `${name} is well`))
  const withState = (name: string, state: 'dropped' | 'waiting' | 'skipped' | 'warning') =>
    passed.map(each => (each.name === name ? { ...each, state } : each))

  test('is the first step at which it ended, whichever that is', () => {
    for (const name of stepNames) {
      expect(judgeSteps(withState(name, 'dropped'))).toMatchObject({ state: 'dropped', at: name })
      expect(judgeSteps(withState(name, 'waiting'))).toMatchObject({ state: 'waiting', at: name })
    }
  })

  test('is that it was delivered when the clients have it, whatever was warned of', () => {
    expect(judgeSteps(passed)).toMatchObject({ state: 'delivered', at: null, summary: 'clients is well' })
    expect(judgeSteps(withState('triggers', 'warning')).state).toBe('delivered')
  })

  test('is never that it was delivered when nobody can tell', () => {
    expect(judgeSteps(withState('clients', 'skipped'))).toMatchObject({ state: 'unknown', at: 'clients' })
  })

  test('blames a transaction that is open for what the journal has not', () => {
    const steps = withState('journal', 'dropped').map(each =>
      each.name === 'transaction' ? { ...each, state: 'waiting' as const } : each,
    )
    expect(judgeSteps(steps)).toMatchObject({ state: 'waiting', at: 'transaction' })
  })
})

test('the half of a transaction id in a row is that of the last one that ends so', () => {
  const epoch = 1n << 32n
  expect(wholeXid('5', 10n)).toBe(5n)
  expect(wholeXid('5', epoch + 10n)).toBe(epoch + 5n)
  expect(wholeXid(String(epoch - 3n), epoch + 10n)).toBe(epoch - 3n)
})
