import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openAccess } from '../../../src/access/access-rules.ts'
import { openIdentity } from '../../../src/access/identity.ts'
import type { EventBatch } from '../../../src/domain/event-batch.ts'
import type { Connection } from '../../../src/hub/connections/connection.ts'
import type { Hub } from '../../../src/hub/hub.ts'
import { FakePeer } from '../fake-peer.ts'
import { checkpointAt } from '../memory-history.ts'
import { message, openTestHub, settle } from '../open-test-hub.ts'
import { happening, subscription, toEvent } from './random-matching.ts'

/** Each client is a user with a room of its own. */
const access = {
  ...openAccess,
  roomsOf: ({ user }: { user: string | null }) => (user === null ? [] : [`user:${user}`]),
}

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      events: fc.array(happening, { maxLength: 3 }),
      ends: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(60, 200, 600, 5_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('subscribe' as const),
      client: fc.nat(2),
      id: fc.nat(3),
      spec: subscription,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('unsubscribe' as const), client: fc.nat(2), id: fc.nat(3) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('join' as const, 'leave' as const),
      client: fc.nat(2),
      room: fc.constantFrom('r1', 'r2'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('slow' as const, 'quick' as const), client: fc.nat(2) }),
  },
)

const scenario = fc.record({
  clients: fc.array(
    fc.record({ subscriptions: fc.array(subscription, { minLength: 1, maxLength: 4 }), batch: fc.boolean() }),
    { minLength: 3, maxLength: 3 },
  ),
  steps: fc.array(step, { minLength: 5, maxLength: 30 }),
})

type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never

interface World {
  readonly frames: string[][]
  readonly connections: readonly Connection[]
}

/** Plays a scenario at a hub and gives what each client received. */
async function play(
  { clients, steps }: Scenario,
  publish: (hub: Hub, batch: EventBatch) => void,
): Promise<World> {
  const limits = { queueBytes: 1_000_000, stalledAfterMs: 10_000_000 }
  const { hub, clock } = openTestHub({ access, with: limits })
  hub.start(checkpointAt(0))
  const opened = clients.map(({ subscriptions, batch }, at) => {
    const peer = new FakePeer()
    const connection = hub.connect(peer, { ...openIdentity, user: `u${at}` })
    const named = subscriptions.map((spec, nth) => request(spec, nth))
    const registration = { app_name: 'test', client_id: `client-${at}`, batch, subscriptions: named }
    connection.receive(message('register', registration))
    return { peer, connection }
  })
  await settle(3)
  let [nth, tx] = [0, 0]
  for (const each of steps) {
    if (each.do === 'publish') {
      const events = each.events.map(happened => toEvent(++nth, tx + 1, happened))
      const inBatch = { upTo: checkpointAt(tx + 1).snapshot, seq: BigInt(nth) }
      publish(hub, { events, cursor: each.ends ? checkpointAt(++tx) : { ...checkpointAt(tx), inBatch } })
    } else if (each.do === 'wait') clock.advance(each.ms)
    else {
      const { peer, connection } = opened[each.client] ?? expect.fail('there is no such client')
      if (each.do === 'slow') peer.isSlow = true
      else if (each.do === 'quick') {
        peer.isSlow = false
        peer.take()
      } else if (each.do === 'subscribe')
        connection.receive(message('subscribe', request(each.spec, each.id)))
      else if (each.do === 'unsubscribe') connection.receive(message('unsubscribe', { id: `s${each.id}` }))
      else if ('room' in each) connection.receive(message(each.do, { room: each.room }))
    }
    await settle(2)
  }
  for (const { peer } of opened) peer.take()
  clock.advance(10_000)
  await settle(3)
  for (const { peer } of opened) peer.take()
  return {
    frames: opened.map(({ peer }) => peer.texts),
    connections: opened.map(({ connection }) => connection),
  }
}

function request({ conflateMs, ...spec }: Scenario['clients'][number]['subscriptions'][number], nth: number) {
  return { ...spec, id: `s${nth}`, ...(conflateMs === null ? {} : { conflate_ms: conflateMs }) }
}

/** Asks every connection about every batch. */
function publishPlainly(hub: Hub, batch: EventBatch): void {
  const connections = hub.connections()
  const { stream } = connections[0]?.context ?? expect.fail('nobody is there')
  const encoded = stream.append(batch, stream.head ?? expect.fail('the hub has not started'))
  for (const connection of connections) connection.deliverAlone(encoded)
}

test('every client receives the same frames, checkpoints too, as if each had been asked about every batch', async () => {
  let checkpoints = 0
  let events = 0
  const run = async (given: Scenario) => {
    const { frames, connections } = await play(given, (hub, batch) => hub.publish(batch))
    const plain = await play(given, publishPlainly)
    expect(frames).toEqual(plain.frames)
    const text = frames.flat().join()
    checkpoints += text.split('"checkpoint"').length - 1
    events += text.split('"event_id"').length - 1
    for (const connection of connections) connection.closed()
    const [{ context }] = connections as [Connection]
    const { profiles, personalRooms, unsettled } = context
    expect([profiles.size, profiles.indexSize, personalRooms.size, unsettled.size]).toEqual([0, 0, 0, 0])
  }
  await fc.assert(fc.asyncProperty(scenario, run), { numRuns: 150 })
  expect(checkpoints).toBeGreaterThan(300)
  expect(events).toBeGreaterThan(300)
})
