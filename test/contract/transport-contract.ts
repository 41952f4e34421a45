import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Hub } from '../../src/hub/hub.ts'
import type { HubMessage } from '../../src/protocol/messages.ts'
import { checkpointAt } from '../hub/memory-history.ts'
import type { TestHub } from '../hub/open-test-hub.ts'
import { message, openTestHub } from '../hub/open-test-hub.ts'
import { waitFor } from '../support/wait-for.ts'

/** A client of the transport under test. */
export interface ContractClient {
  readonly received: readonly HubMessage[]
  send(text: string): void
  /** Null while the connection is open. */
  readonly closed: { readonly code: number; readonly reason: string } | null
  /** Ends the connection without a goodbye. */
  vanish(): void
}

/** A transport that serves one hub. */
export interface ContractTransport {
  connect(): Promise<ContractClient>
  close(): Promise<void>
}

/** What every transport that carries the frames of the protocol has to do. */
export function describeTransport(name: string, open: (hub: Hub) => Promise<ContractTransport>): void {
  describe(`the ${name} transport`, () => {
    let testHub: TestHub
    let transport: ContractTransport

    beforeEach(async () => {
      testHub = openTestHub({ sizes: [2, 3] })
      testHub.hub.start(checkpointAt(0))
      transport = await open(testHub.hub)
    })
    afterEach(async () => {
      await testHub.hub.close()
      await transport.close()
    })

    const publishAll = () => {
      for (const batch of testHub.history.pieces(0, 2)) testHub.hub.publish(batch)
    }
    const typesOf = (client: ContractClient) => client.received.map(frame => frame.message_type)

    test('serves a client that knows only register, ping and realtime_event', async () => {
      const client = await transport.connect()
      client.send('{"message_type":"register","data":{"app_name":"x"}}')
      await waitFor(() => typesOf(client).includes('registered'))
      client.send('{"message_type":"ping","data":{},"timestamp":"2024-01-01T00:00:00Z"}')
      publishAll()
      await waitFor(
        () => client.received.filter(frame => frame.message_type === 'realtime_event').length === 5,
      )
      await waitFor(() => typesOf(client).includes('pong'))
      const event = client.received.find(frame => frame.message_type === 'realtime_event')
      expect(event?.data).toMatchObject({ event_type: 'INSERT', table: 'bookings', id: '1', data: { n: 1 } })
    })

    test('brings the same events to every client', async () => {
      const clients = await Promise.all([transport.connect(), transport.connect(), transport.connect()])
      for (const client of clients) client.send(message('register', { app_name: 'x', batch: true }))
      for (const client of clients) await waitFor(() => typesOf(client).includes('registered'))
      publishAll()
      for (const client of clients) {
        await waitFor(() => client.received.filter(frame => frame.message_type === 'events').length === 2)
      }
    })

    test('resumes a client that vanished where it was', async () => {
      const first = await transport.connect()
      first.send(message('register', { app_name: 'x' }))
      const registered = await waitFor(() =>
        first.received.find(frame => frame.message_type === 'registered'),
      )
      first.vanish()
      await waitFor(() => testHub.hub.stats().connections === 0)
      publishAll()
      const second = await transport.connect()
      second.send(
        message('register', {
          app_name: 'x',
          resume: (registered as { data: { cursor: string } }).data.cursor,
        }),
      )
      await waitFor(
        () => second.received.filter(frame => frame.message_type === 'realtime_event').length === 5,
      )
    })

    test('answers a frame that is not JSON with an error, and stays open', async () => {
      const client = await transport.connect()
      client.send('{nonsense')
      const error = await waitFor(() => client.received.find(frame => frame.message_type === 'error'))
      expect(error.data).toMatchObject({ code: 'RTB_FRAME_NOT_JSON' })
      client.send(message('ping'))
      await waitFor(() => typesOf(client).includes('pong'))
    })

    test('says goodbye with a time to return, and a close code that means retry', async () => {
      const client = await transport.connect()
      client.send(message('register', { app_name: 'x' }))
      await waitFor(() => typesOf(client).includes('registered'))
      await testHub.hub.close('restart')
      const closed = await waitFor(() => client.closed)
      expect(closed.code).toBe(4000)
      const frame = client.received.at(-1)
      expect(frame).toMatchObject({
        message_type: 'going_away',
        data: { reason: 'restart', retry_ms: 2_500 },
      })
    })
  })
}
