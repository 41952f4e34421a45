import { expect, onTestFinished, test } from 'vitest'
import { createWebSocketDbClient } from '../../src/client-node/index.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

const yaml = `
tables:
  bookings: { channel: booking_events, events: { BOOKING_CREATED: { on: insert } } }
`
const database = await createTestDatabase()
await database.query('CREATE TABLE bookings (id int PRIMARY KEY)')
await installTables(database, yaml)

test('an app written for the older client hears by event type, channel, table and alias, each event once', async () => {
  const { url } = await openTestDaemon(database.url, yaml)
  const errors: unknown[] = []
  const aliases = { 'booking-change': { tables: 'bookings', events: 'INSERT' } } as const
  const client = createWebSocketDbClient({ url, aliases, onError: error => void errors.push(error) })
  onTestFinished(() => client.close())
  const heard: string[] = []
  const listen = (name: string) =>
    client.onWebSocketEvent(name, event => void heard.push(`${name}: ${event.event_type}`))
  listen('BOOKING_CREATED')
  listen('booking-change')
  expect(client.getWebSocketStatus()).toMatchObject({ connected: false, state: 'idle' })
  await client.initializeWebSocket('Desk 3')
  expect(client.getWebSocketStatus()).toMatchObject({ connected: true, state: 'online', url })
  await database.query('INSERT INTO bookings VALUES (1)')
  await waitFor(() => heard.length === 2)
  expect(heard.toSorted()).toEqual(['BOOKING_CREATED: BOOKING_CREATED', 'booking-change: INSERT'])

  const end = listen('bookings')
  listen('booking_events')
  client.onWebSocketEvent('PING', event => void heard.push(`ping ${JSON.stringify(event.data)}`))
  const other = createWebSocketDbClient({ url })
  onTestFinished(() => other.close())
  await other.initializeWebSocket('Desk 4')
  await waitFor(() => {
    other.broadcastToOtherApps('PING', { n: 1 })
    return heard.some(line => line.startsWith('ping'))
  })
  expect(heard).toContain('ping {"n":1}')
  heard.length = 0
  await database.query('INSERT INTO bookings VALUES (2)')
  const of = (name: string) => heard.filter(line => line.startsWith(`${name}: `)).toSorted()
  await waitFor(() => of('booking_events').length === 2 && of('bookings').length === 2)
  expect(of('bookings')).toEqual(['bookings: BOOKING_CREATED', 'bookings: INSERT'])
  end()
  await database.query('INSERT INTO bookings VALUES (3)')
  await waitFor(() => of('booking_events').length === 4)
  expect(of('bookings')).toHaveLength(2)
  expect(errors).toEqual([])
})

test('what is sent before it is initialized is reported, and nothing is connected', async () => {
  const errors: unknown[] = []
  const client = createWebSocketDbClient({
    url: 'ws://127.0.0.1:1/',
    onError: error => void errors.push(error),
  })
  client.broadcastToOtherApps('EARLY')
  expect(errors).toHaveLength(1)
  await client.close()
})
