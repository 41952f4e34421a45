import { expect, test } from 'vitest'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

const yaml = `
tables:
  queue:
    channel: queue_events
    events:
      CALLED: { on: update, when: "new.seats > 2 && old.seats <= 2", rooms: ["gate:{new.gate}"] }
      BROKEN: { on: update, when: "new.missing == 1" }
`
const database = await createTestDatabase()
await database.query('CREATE TABLE queue (id bigint PRIMARY KEY, gate text, seats int)')
await installTables(database, yaml)

test('a filter tells what comes into it, stays and leaves', async () => {
  const { register } = await openTestDaemon(database.url, yaml)
  const client = await register({
    subscriptions: [{ id: 'north', tables: ['queue'], where: "new.gate == 'north'" }],
  })
  await database.query(`INSERT INTO queue VALUES (1, 'south', 1), (2, 'north', 1)`)
  await database.query(`UPDATE queue SET gate = 'north' WHERE id = 1`)
  await database.query(`UPDATE queue SET seats = 2 WHERE id = 1`)
  await database.query(`UPDATE queue SET gate = 'south' WHERE id = 1`)
  await database.query(`UPDATE queue SET seats = 1 WHERE id = 1`)
  await database.query(`DELETE FROM queue WHERE id = 2`)
  const seen: unknown[] = []
  for (let count = 0; count < 5; count++) {
    const { data } = await client.next('realtime_event')
    seen.push([data['op'], data['id'], data['transition']])
  }
  expect(seen).toEqual([
    ['INSERT', '2', 'enter'],
    ['UPDATE', '1', 'enter'],
    ['UPDATE', '1', 'stay'],
    ['UPDATE', '1', 'leave'],
    ['DELETE', '2', 'leave'],
  ])
})

test('an event with rooms reaches the members of the room only', async () => {
  await database.query(`INSERT INTO queue VALUES (3, 'east', 1)`)
  const { register } = await openTestDaemon(database.url, yaml)
  const member = await register({ subscriptions: [{ id: 'a', events: ['CALLED'] }] })
  member.send('join', { room: 'gate:east' })
  await member.next('joined')
  const stranger = await register({ subscriptions: [{ id: 'a', events: ['CALLED', 'UPDATE'] }] })
  await database.query('UPDATE queue SET seats = 5 WHERE id = 3')
  expect((await member.next('realtime_event')).data).toMatchObject({ event_type: 'CALLED', id: '3' })
  expect((await stranger.next('realtime_event')).data).toMatchObject({ event_type: 'UPDATE' })
  stranger.send('ping')
  await stranger.next('pong')
  expect(JSON.stringify(stranger.messages)).not.toContain('CALLED')
})

test('a rule that fails is counted and shown, and the table event still goes out', async () => {
  await database.query(`INSERT INTO queue VALUES (4, 'east', 1)`)
  const { register, daemon } = await openTestDaemon(database.url, yaml)
  const client = await register()
  await database.query('UPDATE queue SET seats = 2 WHERE id = 4')
  expect((await client.next('realtime_event')).data).toMatchObject({ event_type: 'UPDATE', id: '4' })
  expect(daemon.status().rule_failures).toMatchObject([
    { table: 'queue', eventType: 'BROKEN', field: 'when', count: 1 },
  ])
})

test('rtbridge.publish reaches everyone, or a room', async () => {
  const { register } = await openTestDaemon(database.url, yaml)
  const member = await register({ subscriptions: [{ id: 'a', rooms: ['office'] }] })
  const everyone = await register()
  await database.query(`SELECT rtbridge.publish('FOR_OFFICE', '{"n": 10.10}', room => 'office')`)
  await database.query(`SELECT rtbridge.publish('FOR_ALL', room => 'all')`)
  expect((await member.next('realtime_event')).data).toMatchObject({
    event_type: 'FOR_OFFICE',
    op: 'PUBLISH',
    table: null,
  })
  expect((await everyone.next('realtime_event')).data).toMatchObject({ event_type: 'FOR_ALL' })
})

test('a durable custom event is stored, reaches the other apps and can be resumed', async () => {
  const { register } = await openTestDaemon(database.url, yaml)
  const sender = await register()
  const other = await register()
  sender.send('custom_event', { event_type: 'NOTE', data: { text: 'x' }, durable: true })
  const { data } = await other.next('realtime_event')
  expect(data).toMatchObject({ event_type: 'NOTE', origin: sender.registered['client_id'] })
  const late = await register({ resume: other.registered['cursor'] })
  expect((await late.next('realtime_event')).data['event_id']).toBe(data['event_id'])
  sender.send('ping')
  await sender.next('pong')
  expect(sender.messages.map(message => message.message_type)).not.toContain('realtime_event')
})

test('a notification of an existing channel is passed on', async () => {
  const bridged = `${yaml}\nchannels: [legacy_events]\n`
  const { daemon, register } = await openTestDaemon(database.url, bridged)
  const client = await register()
  await waitFor(() => daemon.status().database.doorbell)
  await database.query(`SELECT pg_notify('legacy_events', '{"event_type": "OLD_NEWS", "n": 1}')`)
  const { data } = await client.next('realtime_event')
  expect(data).toMatchObject({
    event_type: 'OLD_NEWS',
    data: { channel: 'legacy_events', payload: { n: 1 } },
  })
})
