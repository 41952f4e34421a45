import { expect, test } from 'vitest'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

/** Each of these fails on the row below, in another way. */
const failing = [
  'int(new.note) == 1',
  'timestamp(new.note) == timestamp("2026-01-01T00:00:00Z")',
  'duration(new.note) == duration("1s")',
  'double(new.note) > 1.0',
  'new.note > 1',
  'new.note.matches(new.note)',
  'new.tags[new.note] == 1',
  'new.doc[new.note] == 1',
  'new.doc.missing.deeper == 1',
  'new[new.note] == 1',
  'new.note',
  'new.pin == 1',
]
const yaml = `
tables:
  person:
    exclude: [pin]
    events:
${failing.map((when, index) => `      RULE_${index}: { on: [insert, update], when: '${when}' }`).join('\n')}
      SECRET: { on: update, rooms: ["desk:{new.id}"], data: { said: "new.note" } }
`
const database = await createTestDatabase()
await database.query('CREATE TABLE person (id int PRIMARY KEY, note text, doc jsonb, tags int[], pin text)')
await installTables(database, yaml)

const [pin, note] = ['PIN-4711-CANARY', '((NOTE-CANARY']
const insert = `INSERT INTO person VALUES (1, '${note}', '{"a": {"${note}": 1}}', '{1}', '${pin}')`

test('an excluded column is nowhere, and values of rows are in no log, health report or rule error', async () => {
  const hub = await openTestDaemon(database.url, yaml)
  const client = await hub.register({ subscriptions: [{ id: 'all' }, { id: 'pin', where: 'new.pin != ""' }] })
  await database.query(insert)
  await database.query(`UPDATE person SET note = '${note}2', pin = '${pin}2'`)
  await client.next(message => message.data['op'] === 'UPDATE')
  await client.next('checkpoint')
  const health = await (await fetch(`http://127.0.0.1:${hub.daemon.port}/health`)).text()
  expect(hub.daemon.status().rule_failures.length).toBeGreaterThan(8)
  const { rows } = await database.query('SELECT j::text FROM rtbridge.journal j')
  expect(JSON.stringify([client.messages, rows, hub.log, health])).not.toContain('4711')
  expect(JSON.stringify([hub.log, health, hub.daemon.status()])).not.toContain('CANARY')
})

test('an event of a room is in no frame of who is not in it: live, replayed, after leaving, or in a batch', async () => {
  const hub = await openTestDaemon(database.url, yaml)
  const stranger = await hub.register({ batch: true, subscriptions: [{ id: 'rooms', events: ['SECRET'] }] })
  const left = await hub.register({ subscriptions: [{ id: 'a', events: ['SECRET'] }] })
  const member = await hub.register({ subscriptions: [{ id: 'a', rooms: ['desk:1'] }] })
  left.send('join', { room: 'desk:1' })
  left.send('leave', { room: 'desk:1' })
  await left.next('left')
  const cursor = stranger.registered['cursor']
  await database.query(`UPDATE person SET note = 'room-canary'`)
  await member.next(message => message.data['event_type'] === 'SECRET')
  const returned = await hub.register({
    resume: cursor,
    subscriptions: [{ id: 'all', events: ['SECRET', 'UPDATE'] }],
  })
  await returned.next('realtime_event')
  for (const [index, client] of [stranger, left, returned].entries()) {
    client.send('subscribe', { id: 'late', events: ['SECRET'], since: cursor })
    await client.next('subscribed')
    expect(JSON.stringify(client.messages), `client ${index}`).not.toContain('SECRET"')
  }
})

test('a change that fails every rule, however deep its document, stops nothing', async () => {
  const hub = await openTestDaemon(database.url, yaml)
  const client = await hub.register({
    subscriptions: [{ id: 'deep', where: 'new.doc == new.doc' }, { id: 'all' }],
  })
  const deep = `${'['.repeat(3_000)}${']'.repeat(3_000)}`
  await database.query('INSERT INTO person VALUES (2, $1, $2)', [note, deep])
  await database.query('UPDATE person SET note = $1 WHERE id = 2', ['x'])
  await client.next(message => message.data['op'] === 'UPDATE')
  await waitFor(() => hub.daemon.status().state === 'live')
  expect(hub.log.filter(line => line.includes('database away'))).toEqual([])
})
