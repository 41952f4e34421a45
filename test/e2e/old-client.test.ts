import { describe, expect, test } from 'vitest'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { connectRawClient } from '../support/raw-client.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { installWasla, waslaYaml } from '../support/wasla-database.ts'

const database = await createTestDatabase()
await installWasla(database)

const insertBooking = `INSERT INTO bookings (destination_id, vehicle_license_plate, seats_booked, total_amount,
  customer_phone) VALUES ('tunis', 'TEST123', 2, 10.10, '+216 71 000 000') RETURNING id`

/** Knows what the apps of the reference document know, and nothing else. */
async function openOldClient() {
  const { url, log, daemon } = await openTestDaemon(database.url, await waslaYaml())
  const client = await connectRawClient(url)
  client.sendRaw(JSON.stringify({ message_type: 'register', data: { app_name: 'Wasla App' } }))
  await client.next('registered')
  return { client, url, log, daemon }
}

describe('an app that only knows register, ping, custom_event and realtime_event', () => {
  test('gets the change of a row and the business event it means', async () => {
    const { client } = await openOldClient()
    const { rows } = await database.query<{ id: string }>(insertBooking)
    const change = await client.next('realtime_event')
    const business = await client.next('realtime_event')
    const id = rows[0]?.id
    expect(change.data).toMatchObject({ event_type: 'INSERT', table: 'bookings', id })
    expect(business.data).toMatchObject({ event_type: 'BOOKING_CREATED', table: 'bookings', id })
    expect(business.data['data']).toMatchObject({ seats_booked: 2, total_amount: 10.1, status: 'CONFIRMED' })
    expect(Date.parse(String(business.data['timestamp']))).not.toBeNaN()
  })

  test('hears of every business event of the reference document', async () => {
    const { client } = await openOldClient()
    await database.query(insertBooking)
    await database.query(`UPDATE bookings SET status = 'CANCELLED'`)
    await database.query(`INSERT INTO vehicle_queue (destination_id, license_plate, queue_position)
      VALUES ('tunis', '1 TUN 1', 1)`)
    await database.query(`UPDATE vehicle_queue SET status = 'LOADING'`)
    await database.query('DELETE FROM vehicle_queue')
    const wanted = [
      'BOOKING_CREATED',
      'BOOKING_CANCELLED',
      'VEHICLE_ENTERED',
      'VEHICLE_UPDATED',
      'VEHICLE_EXITED',
    ]
    for (const type of wanted) await client.next(message => message.data['event_type'] === type)
  })

  test('is answered when it pings', async () => {
    const { client } = await openOldClient()
    client.sendRaw(JSON.stringify({ message_type: 'ping', data: {} }))
    await client.next('pong')
  })

  test('reaches the other apps with a custom event, and not itself', async () => {
    const { client, url } = await openOldClient()
    const other = await connectRawClient(url)
    other.send('register', { app_name: 'other' })
    await other.next('registered')
    const custom = { event_type: 'custom-event', data: { text: 'hello' } }
    client.sendRaw(JSON.stringify({ message_type: 'custom_event', data: custom }))
    const { data } = await other.next('realtime_event')
    expect(data).toMatchObject({ event_type: 'custom-event', table: null, id: null, data: { text: 'hello' } })
    client.send('ping')
    await client.next('pong')
    expect(client.messages.map(message => message.message_type)).not.toContain('realtime_event')
  })

  test('finds an excluded column nowhere: not in a frame, the journal, the log or the health report', async () => {
    const { client, log, daemon } = await openOldClient()
    await database.query(insertBooking)
    await client.next(message => message.data['event_type'] === 'BOOKING_CREATED')
    const { rows } = await database.query('SELECT * FROM rtbridge.journal')
    const seen = JSON.stringify([client.messages, rows, log, daemon.status()])
    expect(seen).not.toContain('+216')
    expect(seen).not.toContain('customer_phone')
  })
})
