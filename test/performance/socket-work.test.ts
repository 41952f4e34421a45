import { expect, test } from 'vitest'
import { closeCodes } from '../../src/protocol/close-codes.ts'
import { countWrites } from '../support/count-writes.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const database = await createTestDatabase()
await database.query('CREATE TABLE bookings (id int PRIMARY KEY)')
await database.query(`SELECT rtbridge.capture_table('bookings', '{id}')`)

/** No checkpoint, probe or canary of its own comes in between. */
const quiet =
  'capture: { safety_read: 1h, canary: 1h, canary_timeout: 1h }\nhub: { checkpoint_every: 1h, heartbeat: 1h }\nlimits: { idle: 3h }'

test.each([
  { batch: false, most: 3 },
  { batch: true, most: 2 },
])(
  'a hundred events of a transaction reach a client in a few calls of the system, batch $batch',
  async ({ batch, most }) => {
    await database.query('DELETE FROM bookings')
    const hub = await openTestDaemon(database.url, quiet)
    await hub.daemon.live
    const client = await hub.register({ batch })
    const writes = countWrites(({ localPort }) => localPort === hub.daemon.port)
    await database.query('INSERT INTO bookings SELECT generate_series(1, 100)')
    await waitFor(() => hub.daemon.status().hub.counters.delivered === 100)
    if (batch) await client.next('events')
    else for (let seen = 0; seen < 100; seen++) await client.next('realtime_event')
    expect(writes.count).toBeLessThanOrEqual(most)
  },
)

test('an event and the checkpoint after it reach a client that takes events singly in one piece', async () => {
  await database.query('DELETE FROM bookings')
  const hub = await openTestDaemon(database.url, quiet)
  await hub.daemon.live
  const client = await hub.register()
  const writes = countWrites(({ localPort }) => localPort === hub.daemon.port)
  await database.query('INSERT INTO bookings VALUES (1)')
  await client.next('realtime_event')
  await client.next('checkpoint')
  expect(writes).toMatchObject({ count: 1, pieces: 1 })
})

test('a close tells its code and what was sent before it', async () => {
  const hub = await openTestDaemon(database.url, quiet)
  await hub.daemon.live
  const client = await hub.register()
  client.send('ping', {})
  await client.next('pong')
  await hub.daemon.close('the shop closes')
  expect((await client.next('going_away')).data).toMatchObject({ reason: 'the shop closes' })
  expect((await client.nextClose()).code).toBe(closeCodes.goingAway)
})
