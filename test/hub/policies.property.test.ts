import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createPolicyRules } from '../../src/access/policy-rules.ts'
import { formatCursor } from '../../src/domain/cursor.ts'
import { Connection } from '../../src/hub/connections/connection.ts'
import { createEventMapper } from '../../src/mapping/event-mapper.ts'
import { compileRules } from '../../src/mapping/rule-set.ts'
import { FakePeer } from './fake-peer.ts'
import { checkpointAt, incarnation } from './memory-history.ts'
import { message, openTestHub, settle } from './open-test-hub.ts'
import type { ExpectedEvent } from './policy-oracle.ts'
import { expectedOf } from './policy-oracle.ts'
import type { Desk } from './policy-scenario.ts'
import { scenario } from './policy-scenario.ts'
import type { PlainChange, PlainIdentity } from './policy-world.ts'
import { tableRules, toChange, toIdentity, toPolicies } from './policy-world.ts'
import { receivedEvents } from './received-events.ts'

type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never

/** One stretch of a desk's life: who it was, and which changes came in it. */
interface Stretch {
  readonly desk: Desk
  readonly identity: PlainIdentity
  /** Changes `after` to before `until`. */
  readonly after: number
  readonly until: number
  /** When it connects; what lies before comes out of the past. */
  readonly connects: number
  readonly rooms: readonly string[]
}

/** A desk connects, is somebody else later (going on from its cursor), and its identity ends. */
function stretchesOf(desk: Desk, count: number): readonly Stretch[] {
  const [first = 0, second = 0, third = 0] = desk.times
    .map(time => Math.min(time, count))
    .sort((a, b) => a - b)
  const isFresh = desk.begins === 'fresh'
  const after = isFresh ? first : 0
  return [
    {
      desk,
      identity: desk.identity,
      after,
      until: second,
      connects: first,
      // Rooms are joined after `register`: what it resumes with may be there before.
      rooms: isFresh ? desk.rooms : [],
    },
    { desk, identity: desk.later, after: second, until: third, connects: second, rooms: desk.rooms },
  ]
}

async function play({ policies, changes, desks, batchSize, tailBytes }: Scenario) {
  const failures: string[] = []
  const mapper = createEventMapper(compileRules(tableRules), ({ message: text }) => failures.push(text))
  const perChange = changes.map((change, index) => mapper([toChange(change, index + 1)], incarnation))
  const flat = perChange.flat()
  const world = openTestHub({
    sizes: perChange.map(events => events.length),
    pieceSize: 10_000,
    makeEvent: nth => flat[nth - 1] ?? expect.fail('there is no such event'),
    access: createPolicyRules(toPolicies(policies), problem => failures.push(problem.message)),
    with: { tailBytes },
  })
  const { hub, history, errors } = world
  hub.start(checkpointAt(0))
  const { context } = hub.connect(new FakePeer())
  const stretches = desks.flatMap(desk => stretchesOf(desk, changes.length))
  const open = new Map<Stretch, { peer: FakePeer; connection: Connection }>()
  const peers = new Map<Stretch, FakePeer>()
  for (let at = 0; at <= changes.length; at++) {
    for (const [stretch, { connection }] of open) {
      if (stretch.until > at) continue
      connection.closed()
      open.delete(stretch)
    }
    for (const stretch of stretches.filter(each => each.connects === at && each.until > at)) {
      const peer = new FakePeer()
      const identity = toIdentity(stretch.identity)
      const connection = new Connection(context, peer, {
        identity,
        owner: { renewed: () => {}, ended: () => {} },
      })
      enter(stretch, connection)
      open.set(stretch, { peer, connection })
      peers.set(stretch, peer)
    }
    await settle(4)
    const upTo = nextStop(at, batchSize, stretches, changes.length)
    for (const piece of history.pieces(at, upTo)) hub.publish(piece)
    await settle(2)
    if (upTo > at) at = upTo - 1
  }
  await hub.close()
  return { peers, failures, errors }
}

/** Batches end where somebody comes, goes or becomes somebody else. */
function nextStop(at: number, batchSize: number, stretches: readonly Stretch[], count: number): number {
  const stops = stretches.flatMap(({ connects, until }) => [connects, until]).filter(stop => stop > at)
  return Math.min(at + batchSize, count, ...stops)
}

function enter({ desk, after, connects, rooms }: Stretch, connection: Connection): void {
  const { batch, where } = desk
  const subscription = { id: 's', ...(where === null ? {} : { where: where.cel }) }
  const since = formatCursor(checkpointAt(after))
  const isSince = desk.begins === 'since' && after < connects
  const ask = isSince
    ? { subscriptions: [{ id: 'none', events: ['NONE'] }] }
    : { subscriptions: [subscription], ...(after < connects ? { resume: since } : {}) }
  connection.receive(message('register', { app_name: 'desk', batch, ...ask }))
  for (const room of rooms) connection.receive(message('join', { room }))
  if (isSince) connection.receive(message('subscribe', { ...subscription, since }))
}

function expected(
  { policies, changes }: Scenario,
  { desk, identity, after, until, rooms }: Stretch,
): readonly ExpectedEvent[] {
  const onlooker = { identity, rooms, where: desk.where }
  return changes.slice(after, until).flatMap((change: PlainChange) => expectedOf(policies, change, onlooker))
}

function canariesIn(text: string): ReadonlySet<string> {
  return new Set(text.match(/(?:secret|note|text)-\d+/g))
}

describe('policies', () => {
  test('everybody gets exactly what a plain reading of the policies allows, and no canary of the rest', async () => {
    let delivered = 0
    await fc.assert(
      fc.asyncProperty(scenario, async given => {
        const { peers, failures, errors } = await play(given)
        for (const [stretch, peer] of peers) {
          const allowed = expected(given, stretch)
          expect(receivedEvents(peer)).toEqual(allowed)
          delivered += allowed.length
          const known = canariesIn(JSON.stringify(allowed))
          const leaked = [...canariesIn(peer.texts.join('\n'))].filter(canary => !known.has(canary))
          expect(leaked).toEqual([])
        }
        expect([...canariesIn(JSON.stringify([failures, errors.map(String)]))]).toEqual([])
      }),
      { numRuns: 200 },
    )
    // A property about nothing would hold, too.
    expect(delivered).toBeGreaterThan(500)
  })
})
