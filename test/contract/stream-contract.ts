import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Authenticator } from '../../src/access/authenticator.ts'
import { openAuthenticator } from '../../src/access/authenticator.ts'
import { createPolicyRules } from '../../src/access/policy-rules.ts'
import type { Hub } from '../../src/hub/hub.ts'
import type {
  HubMessageData,
  HubMessageType,
  RealtimeEventData,
  SubscriptionRequest,
} from '../../src/protocol/messages.ts'
import { checkpointAt, eventOf } from '../hub/memory-history.ts'
import type { TestHub } from '../hub/open-test-hub.ts'
import { openTestHub } from '../hub/open-test-hub.ts'
import { loadPolicies } from '../support/load-policies.ts'
import { TokenTable } from '../support/token-table.ts'
import { waitFor } from '../support/wait-for.ts'

/** What a client asks for when it connects. */
export interface Ask extends Omit<SubscriptionRequest, 'id'> {
  readonly resume?: string
  readonly clientId?: string
  /** What it shows in the header of its request. */
  readonly token?: string
}

/** A client of the stream under test, whatever carries it. */
export interface StreamClient {
  /** Events so far, in order. */
  readonly events: readonly RealtimeEventData[]
  /** Where it would resume. */
  readonly cursor: string
  readonly isClosed: boolean
  /** The data of all messages of a type. */
  of<Type extends HubMessageType>(type: Type): HubMessageData[Type][]
  /** Stops and goes on reading. */
  pause(): void
  resume(): void
  /** Ends the connection without a goodbye. */
  vanish(): void
}

/** A way to the stream of one hub. */
export interface StreamTransport {
  connect(ask?: Ask): Promise<StreamClient>
  close(): Promise<void>
}

const sizes = [2, 5, 1, 4, 3]
const total = 15

/** What a client of the hub's events gets, whatever carries them. */
export function describeStream(
  name: string,
  open: (hub: Hub, authenticator: Authenticator) => Promise<StreamTransport>,
): void {
  describe(`the stream over ${name}`, () => {
    let testHub: TestHub
    let transport: StreamTransport

    const start = async (options: Parameters<typeof openTestHub>[0] = {}) => {
      testHub = openTestHub({ sizes, ...options })
      testHub.hub.start(checkpointAt(0))
      transport = await open(testHub.hub, options.authenticator ?? openAuthenticator)
    }
    beforeEach(() => start())
    afterEach(async () => {
      await testHub.hub.close()
      await transport.close()
    })
    const restart = async (options: Parameters<typeof openTestHub>[0]) => {
      await testHub.hub.close()
      await transport.close()
      await start(options)
    }
    /** Connects, and waits until it misses nothing. */
    const connect = async (ask?: Ask) => {
      const client = await transport.connect(ask)
      await waitFor(() => client.of('registered').length === 1, { message: 'it was registered' })
      return client
    }
    const publish = (from: number, to: number) => {
      for (let at = from; at < to; at++)
        for (const batch of testHub.history.pieces(at, at + 1)) testHub.hub.publish(batch)
    }
    const idsOf = ({ events }: StreamClient) => events.map(event => event.event_id)
    const ids = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, at) => `e${from + at}`)
    const received = (client: StreamClient, count: number) =>
      waitFor(() => client.events.length >= count, {
        message: () => `${count} events came; there are ${client.events.length}`,
      })

    test('starts fresh, with nothing of the past', async () => {
      publish(0, 1)
      const client = await connect()
      expect(client.of('registered')[0]).toMatchObject({ resumed: 'fresh', protocol: 1 })
      publish(1, 2)
      await received(client, 5)
      expect(idsOf(client)).toEqual(ids(3, 7))
    })

    test('brings every event once, in order, with what was written', async () => {
      const client = await connect()
      publish(0, 5)
      await received(client, total)
      expect(idsOf(client)).toEqual(ids(1, total))
      expect(client.events[0]).toMatchObject({ event_type: 'INSERT', table: 'bookings', data: { n: 1 } })
    })

    test('brings only what its filters select, and tells how a row came in', async () => {
      const client = await connect({ tables: ['book*'], events: ['INSERT'], where: 'new.n > 13' })
      const other = await connect({ tables: ['vehicles'] })
      publish(0, 5)
      await received(client, 2)
      expect(client.events.map(event => [event.event_id, event.transition])).toEqual([
        ['e14', 'enter'],
        ['e15', 'enter'],
      ])
      expect(other.events).toEqual([])
    })

    test('goes on after a cursor, wherever the client was cut, and nothing is lost', async () => {
      const whole = await connect()
      publish(0, 5)
      await received(whole, total)
      const cursors = new Set<string>()
      for (let cut = 0; cut < 5; cut++) {
        await restart({})
        const first = await connect()
        publish(0, cut)
        await received(
          first,
          sizes.slice(0, cut).reduce((sum, size) => sum + size, 0),
        )
        first.vanish()
        await waitFor(() => testHub.hub.stats().connections === 0)
        publish(cut, 5)
        const second = await connect({ resume: first.cursor })
        await received(second, total - first.events.length)
        expect(second.of('registered')[0]).toMatchObject({ resumed: 'resumed' })
        expect([...idsOf(first), ...idsOf(second)]).toEqual(ids(1, total))
        cursors.add(first.cursor)
      }
      expect(cursors.size).toBe(5)
    })

    test('goes on from within a big transaction; what comes again has the same id', async () => {
      const first = await connect()
      const [piece = { events: [], cursor: checkpointAt(0) }, ...rest] = testHub.history.pieces(1, 2)
      publish(0, 1)
      testHub.hub.publish(piece)
      await received(first, 5)
      first.vanish()
      const second = await connect({ resume: first.cursor })
      for (const batch of rest) testHub.hub.publish(batch)
      await waitFor(() => idsOf(second).includes('e7'))
      expect([...new Set([...idsOf(first), ...idsOf(second)])]).toEqual(ids(1, 7))
    })

    test('says gap for a cursor that it cannot go on from, and goes on from the present', async () => {
      publish(0, 2)
      const client = await connect({ resume: 'v1.nonsense' })
      expect(client.of('registered')[0]).toMatchObject({ resumed: 'gap' })
      const [gap] = await waitFor(() => (client.of('gap').length > 0 ? client.of('gap') : null))
      expect(gap).toMatchObject({ reason: 'unreadable', action: 'reload', cursor: client.cursor })
      publish(2, 3)
      await received(client, 1)
      expect(idsOf(client)).toEqual(['e8'])
    })

    test('says gap when the history itself has changed', async () => {
      const client = await connect()
      testHub.hub.reset(checkpointAt(3), 'incarnation')
      await waitFor(() => client.of('gap').length === 1)
      expect(client.of('gap')[0]).toMatchObject({ reason: 'incarnation' })
      publish(3, 4)
      await received(client, 4)
      expect(idsOf(client)).toEqual(ids(9, 12))
    })

    test('brings events of a room to its members only', async () => {
      const [member, stranger] = [await connect({ rooms: ['sfax'] }), await connect()]
      const rooms = ['sfax']
      testHub.hub.publish({
        events: [eventOf(1, 1, { rooms }), eventOf(2, 1)],
        cursor: checkpointAt(1),
      })
      await received(member, 1)
      await received(stranger, 1)
      expect([idsOf(member), idsOf(stranger)]).toEqual([['e1'], ['e2']])
    })

    test('keeps events for a role from those who have it not', async () => {
      const client = await connect()
      const events = [eventOf(1, 1, { roles: ['supervisor'] }), eventOf(2, 1)]
      testHub.hub.publish({ events, cursor: checkpointAt(1) })
      await received(client, 1)
      expect(idsOf(client)).toEqual(['e2'])
    })

    test('does not bring what the client published itself', async () => {
      const [sender, other] = [await connect({ clientId: 'desk-1' }), await connect()]
      const own = eventOf(1, 1, { kind: 'published', op: 'PUBLISH', origin: 'desk-1' })
      testHub.hub.publish({ events: [own, eventOf(2, 1)], cursor: checkpointAt(1) })
      await received(sender, 1)
      await received(other, 2)
      expect(idsOf(sender)).toEqual(['e2'])
    })

    test('says checkpoint where whole transactions end', async () => {
      const client = await connect()
      publish(0, 2)
      await received(client, 7)
      await waitFor(() => client.of('checkpoint').length === 2)
      expect(client.of('checkpoint').at(-1)).toEqual({ cursor: client.cursor })
    })

    test('tells when the hub loses its database, and when it is back', async () => {
      const client = await connect()
      testHub.hub.setStale('RTB_DATABASE_LOST')
      testHub.hub.setLive()
      await waitFor(() => client.of('status').length === 2)
      expect(client.of('status').map(({ state }) => state)).toEqual(['stale', 'live'])
    })

    test('tells who connects while the hub has no database, and registers it later', async () => {
      testHub.hub.setStale('RTB_DATABASE_LOST')
      const client = await transport.connect()
      await waitFor(() => client.of('status').length === 1)
      expect(client.of('registered')).toEqual([])
      testHub.hub.setLive()
      await waitFor(() => client.of('registered').length === 1)
    })

    describe('with sign-ins and policies', () => {
      const tokens = () =>
        new TokenTable()
          .add('clerk', { user: 'clerk', roles: ['clerk'] })
          .add('ann', { user: 'ann', roles: ['customer'] })
          .add('short', { user: 'short', roles: ['clerk'], expiresAt: Date.UTC(2026, 0, 1) + 60_000 })
      const access = () =>
        createPolicyRules(
          loadPolicies(`{ tables: { bookings: [{ roles: clerk },
            { roles: customer, where: "new.owner == auth.sub", hide: [note] }] } }`),
          () => {},
        )
      const makeEvent = (nth: number, tx: number) => {
        const row = `{"n":${nth},"owner":"${nth % 2 === 0 ? 'ann' : 'eve'}","note":"secret ${nth}"}`
        const event = eventOf(nth, tx, { data: row })
        return { ...event, change: { ...event.change, newRow: row } }
      }
      const restartGuarded = async () => {
        const authenticator = tokens()
        await restart({ authenticator, access: access(), makeEvent })
        return authenticator
      }

      test('brings each one what he may see, live and when he comes back, and no hidden column', async () => {
        await restartGuarded()
        const [clerk, ann] = [await connect({ token: 'clerk' }), await connect({ token: 'ann' })]
        const start = ann.cursor
        publish(0, 5)
        await received(clerk, total)
        await received(ann, 7)
        const back = await connect({ token: 'ann', resume: start })
        await received(back, 7)
        expect(idsOf(clerk)).toEqual(ids(1, total))
        for (const client of [ann, back]) {
          expect(idsOf(client)).toEqual(['e2', 'e4', 'e6', 'e8', 'e10', 'e12', 'e14'])
          expect(JSON.stringify(client.events)).not.toContain('secret')
        }
      })

      test('ends with its sign-in, and nothing comes after that', async () => {
        await restartGuarded()
        const client = await connect({ token: 'short' })
        publish(0, 1)
        await received(client, 2)
        testHub.clock.advance(60_000)
        publish(1, 5)
        await waitFor(() => client.isClosed)
        expect(idsOf(client)).toEqual(['e1', 'e2'])
      })

      test('ends when its sign-in is taken back, and others go on', async () => {
        const authenticator = await restartGuarded()
        const [clerk, short] = [await connect({ token: 'clerk' }), await connect({ token: 'short' })]
        authenticator.revoke('clerk')
        publish(0, 1)
        await received(short, 2)
        await waitFor(() => clerk.isClosed)
        expect(idsOf(clerk)).toEqual([])
      })
    })

    test('says goodbye with a time to return, and ends', async () => {
      const client = await connect()
      await testHub.hub.close('restart')
      await waitFor(() => client.isClosed)
      expect(client.of('going_away')).toEqual([{ reason: 'restart', retry_ms: 2_500 }])
    })

    test('lets a client that does not read fall behind, without a loss and without the others noticing', async () => {
      const bulk = 'x'.repeat(20_000)
      const count = 1_000
      const makeEvent = (nth: number, tx: number) =>
        eventOf(nth, tx, { data: `{"n":${nth},"bulk":"${bulk}"}` })
      const wide = Array.from({ length: count }, () => 1)
      await restart({ sizes: wide, makeEvent, with: { queueBytes: 200_000, tailBytes: 2_000_000 } })
      const [slow, quick] = [await connect(), await connect()]
      slow.pause()
      for (let at = 0; at < count; at++) {
        publish(at, at + 1)
        if (at % 5 === 0) await received(quick, at)
      }
      await received(quick, count)
      expect(testHub.hub.stats().counters.fellBehind).toBeGreaterThan(0)
      slow.resume()
      await received(slow, count)
      expect(new Set(idsOf(slow)).size).toBe(count)
      expect(idsOf(slow)).toEqual(idsOf(quick))
    })
  })
}
