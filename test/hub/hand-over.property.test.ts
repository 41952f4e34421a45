import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatCursor } from '../../src/domain/cursor.ts'
import type { Connection } from '../../src/hub/connections/connection.ts'
import type { FakePeer } from './fake-peer.ts'
import { checkpointAt } from './memory-history.ts'
import { openTestHub, settle } from './open-test-hub.ts'

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      transactions: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('piece' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('slow' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('take' as const), frames: fc.integer({ min: 1, max: 8 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fast' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('reconnect' as const) }) },
  // Somebody else comes with a cursor of another hub, which lies anywhere.
  { weight: 3, arbitrary: fc.record({ do: fc.constant('visit' as const), back: fc.nat(8) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const) }) },
)

const scenario = fc.record({
  sizes: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 3, maxLength: 25 }),
  steps: fc.array(step, { minLength: 5, maxLength: 60 }),
  batch: fc.boolean(),
  tailBytes: fc.constantFrom(0, 3_000, 20_000, 1_000_000),
  queueBytes: fc.constantFrom(1_000, 4_000, 1_000_000),
})

type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never

/** Plays a scenario with one client that keeps its cursor; returns the ids it got and those it should have got. */
async function play({ sizes, steps, batch, tailBytes, queueBytes }: Scenario) {
  const { hub, history, register } = openTestHub({
    sizes,
    with: { tailBytes, queueBytes, highWaterBytes: 600, replayPatienceMs: 1_000_000 },
  })
  // A turn of the event loop per batch: live batches arrive in the middle of replays.
  history.beforeBatch = () => new Promise(resolve => setImmediate(resolve))
  hub.start(checkpointAt(0))
  let published = 0
  let pieces: ReturnType<typeof history.pieces> = []
  const startBatch = (transactions: number) => {
    const to = Math.min(published + transactions, sizes.length)
    pieces = history.pieces(published, to)
    published = to
  }
  const finishBatch = () => {
    for (const piece of pieces.splice(0)) hub.publish(piece)
  }
  const peers: FakePeer[] = []
  let current: { peer: FakePeer; connection: Connection } = register({ batch })
  peers.push(current.peer)
  await settle(2)
  for (const action of steps) {
    if (action.do === 'publish') {
      finishBatch()
      startBatch(action.transactions)
      finishBatch()
    } else if (action.do === 'piece') {
      if (pieces.length === 0) startBatch(2)
      const piece = pieces.shift()
      if (piece !== undefined) hub.publish(piece)
    } else if (action.do === 'slow') current.peer.isSlow = true
    else if (action.do === 'take') current.peer.take(action.frames)
    else if (action.do === 'fast') {
      current.peer.isSlow = false
      current.peer.take()
    } else if (action.do === 'reconnect') {
      current.connection.closed()
      const cursor = peers.map(peer => peer.cursor()).findLast(token => token !== null)
      current = register({ batch, resume: cursor ?? null })
      peers.push(current.peer)
    } else if (action.do === 'visit') {
      register({ resume: formatCursor(checkpointAt(Math.max(0, published - action.back))) })
    } else await settle(2)
  }
  finishBatch()
  current.peer.isSlow = false
  for (let i = 0; i < 100; i++) {
    current.peer.take()
    await settle(2)
  }
  const stats = hub.stats()
  const expected = history.transactions
    .slice(0, published)
    .flat()
    .map(event => event.eventId)
  return { peers, expected, stats, last: current, published }
}

describe('the hand-over between history, tail and live', () => {
  test('loses nothing and doubles nothing while one connection lasts, whatever the timing', async () => {
    const seen = { fellBehind: 0, replays: 0 }
    await fc.assert(
      fc.asyncProperty(scenario, async generated => {
        const steps = generated.steps.filter(action => action.do !== 'reconnect')
        const { peers, expected, stats } = await play({ ...generated, steps })
        expect(peers[0]?.eventIds()).toEqual(expected)
        expect(stats.catchingUp + stats.behind).toBe(0)
        seen.fellBehind += stats.counters.fellBehind
        seen.replays += stats.counters.replays
      }),
      { numRuns: 300 },
    )
    // Without these the property would speak of nothing.
    expect(seen.fellBehind).toBeGreaterThan(20)
    expect(seen.replays).toBeGreaterThan(20)
  })

  test('loses nothing over reconnects with the last cursor, and repeats only what came after that cursor', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async generated => {
        const { peers, expected } = await play(generated)
        const ids = peers.flatMap(peer => peer.eventIds())
        // A client that was cut before its first frame starts anew, so only what came before may lack.
        const first = expected.indexOf(ids[0] ?? '')
        const resumed = peers.every(
          (peer, i) => i === 0 || peer.of('registered').every(data => data.resumed !== 'fresh'),
        )
        if (resumed) expect(new Set(ids)).toEqual(new Set(expected))
        else expect(new Set(ids)).toEqual(new Set(first < 0 ? [] : ids))
        for (const peer of peers) {
          const own = peer.eventIds()
          expect(new Set(own).size).toBe(own.length)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('shows whole transactions at every checkpoint', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async generated => {
        const steps = generated.steps.filter(action => action.do !== 'reconnect')
        const { peers, expected } = await play({ ...generated, steps })
        const seen: string[] = []
        for (const message of peers[0]?.received ?? []) {
          if (message.message_type === 'realtime_event') seen.push(message.data.event_id)
          if (message.message_type === 'events')
            seen.push(...message.data.events.map(event => event.event_id))
          const isCheckpoint =
            message.message_type === 'checkpoint' ||
            (message.message_type === 'events' && message.data.checkpoint)
          if (isCheckpoint && 'cursor' in message.data) {
            expect(seen).toEqual(expected.slice(0, eventsBefore(message.data.cursor ?? '', generated.sizes)))
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})

function eventsBefore(token: string, sizes: readonly number[]): number {
  const tokens = [...sizes, 0].map((_, n) => tokenAt(n))
  return sizes.slice(0, tokens.indexOf(token)).reduce((sum, size) => sum + size, 0)
}

function tokenAt(n: number): string {
  return formatCursor(checkpointAt(n))
}
