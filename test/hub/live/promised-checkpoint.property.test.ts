import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FakePeer } from '../fake-peer.ts'
import { checkpointAt, eventOf } from '../memory-history.ts'
import { message, openTestHub, settle } from '../open-test-hub.ts'
import { MemoryTables } from './memory-tables.ts'

const step = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ do: 'publish' as const, id: '' }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('live' as const, 'conflated' as const, 'plain' as const, 'unsubscribe' as const),
      id: fc.constantFrom('a', 'b'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom({ do: 'slow' as const, id: '' }, { do: 'quick' as const, id: '' }),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom({ do: 'settle' as const, id: '' }, { do: 'wait' as const, id: '' }),
  },
)

test('who was told to wait for a checkpoint gets one, whatever the client does meanwhile, and nobody writes any more', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async steps => {
      const tables = new MemoryTables(20, 100)
      const small = { highWaterBytes: 2_048, queueBytes: 8_192 }
      const { hub, clock, register } = openTestHub({ tables, with: small })
      hub.start(checkpointAt(0))
      const peer = new FakePeer()
      const { connection } = register({ subscriptions: [] }, peer)
      await settle(5)
      let tx = 0
      const doStep = async ({ do: what, id }: (typeof steps)[number]) => {
        const table = { id, tables: ['bookings'] }
        if (what === 'publish') {
          tx++
          hub.publish({ events: [eventOf(tx, tx, { data: `{"n": ${tx % 20}}` })], cursor: checkpointAt(tx) })
          tables.tx = tx
        } else if (what === 'live') connection.receive(message('subscribe', { ...table, snapshot: true }))
        else if (what === 'conflated')
          connection.receive(message('subscribe', { ...table, snapshot: true, conflate_ms: 100 }))
        else if (what === 'plain') connection.receive(message('subscribe', table))
        else if (what === 'unsubscribe') connection.receive(message('unsubscribe', { id }))
        else if (what === 'wait') clock.advance(60)
        else if (what === 'settle') await settle(8)
        else {
          peer.isSlow = what === 'slow'
          if (!peer.isSlow) peer.take()
        }
      }
      for (const each of steps) await doStep(each)
      for (let round = 0; round < 12; round++) {
        peer.isSlow = false
        peer.take()
        await settle(8)
        clock.advance(200)
      }
      await settle(8)
      const promised = peer.received.findLastIndex(
        ({ message_type: type, data }) => type === 'subscribed' && data['checkpoint'] === false,
      )
      const wanted = new Set<unknown>()
      for (const { message_type: type, data } of peer.received) {
        if (type === 'subscribed') wanted.add(data['id'])
        if (type === 'unsubscribed') wanted.delete(data['id'])
      }
      const lastEvent = peer.received.findLastIndex(
        ({ message_type: type, data }) =>
          type === 'realtime_event' && (data['subscriptions'] as string[]).some(id => wanted.has(id)),
      )
      const tells = ({ message_type: type, data }: (typeof peer.received)[number]) =>
        type === 'checkpoint' || (type === 'subscribed' && data['checkpoint'] === true)
      if (promised >= 0) {
        expect(peer.received.slice(promised).map(({ message_type: type }) => type)).toContain('checkpoint')
      }
      // Events of a table that was given up before its answer are nobody's.
      if (lastEvent >= 0) expect(peer.received.slice(lastEvent).some(tells)).toBe(true)
    }),
    { numRuns: 150 },
  )
})
