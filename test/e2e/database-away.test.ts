import { expect, onTestFinished, test } from 'vitest'
import { readChildren, sendSignal } from '../../src/demo/postgres/processes.ts'
import { runAdminSql } from '../support/admin-sql.ts'
import { openTestDaemon, type TestDaemon } from '../support/daemon-fixture.ts'
import { prepareTemplate } from '../support/prepare-template.ts'
import { connectRawClient } from '../support/raw-client.ts'
import { startServer } from '../support/start-server.ts'
import { waitFor } from '../support/wait-for.ts'

const server = await startServer()
const database = server.url('office')
let nextId = 1

/** A database with one captured table, made anew. */
async function createDatabase(): Promise<void> {
  await runAdminSql(server.url(), ['DROP DATABASE IF EXISTS office WITH (FORCE)', 'CREATE DATABASE office'])
  await prepareTemplate(database)
  await runAdminSql(database, [
    'CREATE TABLE item (id int PRIMARY KEY)',
    `SELECT rtbridge.capture_table('item', '{id}')`,
  ])
}
await createDatabase()

async function insert(): Promise<string> {
  const id = String(nextId++)
  await runAdminSql(database, [`INSERT INTO item VALUES (${id})`])
  return id
}

async function readyStatus({ daemon }: TestDaemon): Promise<number> {
  return (await fetch(`http://127.0.0.1:${daemon.port}/readyz`)).status
}

test('a hub that starts without its database says so, lets clients wait, and serves them when it comes', async () => {
  await server.stop('fast')
  const hub = await openTestDaemon(database)
  const client = await connectRawClient(hub.url)
  client.send('register', { app_name: 'early' })
  client.send('ping')
  await client.next('pong')
  await waitFor(() => hub.daemon.status().database.error)
  expect(await readyStatus(hub)).toBe(503)
  expect(client.messages.map(message => message.message_type)).not.toContain('registered')
  await server.start()
  await client.next('registered')
  expect(await readyStatus(hub)).toBe(200)
  const id = await insert()
  await client.next(message => message.data['id'] === id)
})

test.each(['fast', 'immediate'] as const)(
  'clients are told when the database is stopped (%s) and when it is back, and miss nothing',
  async mode => {
    const hub = await openTestDaemon(database)
    const client = await hub.register()
    const before = await insert()
    await client.next(message => message.data['id'] === before)
    await server.stop(mode)
    expect((await client.next('status')).data).toMatchObject({ state: 'stale', since: expect.any(String) })
    expect(await readyStatus(hub)).toBe(503)
    const late = await connectRawClient(hub.url)
    late.send('register', { app_name: 'late', resume: client.registered['cursor'] })
    await server.start()
    const after = await insert()
    expect((await client.next('status')).data).toMatchObject({ state: 'live' })
    await client.next(message => message.data['id'] === after)
    expect((await late.next('registered')).data).toMatchObject({ resumed: 'resumed' })
    for (const id of [before, after]) await late.next(message => message.data['id'] === id)
    expect(client.messages.map(message => message.message_type)).not.toContain('gap')
  },
)

test('clients are told `incarnation` when the database was dropped and made anew, and go on in the new one', async () => {
  const hub = await openTestDaemon(database)
  const client = await hub.register()
  client.send('subscribe', { id: 'again', since: client.registered['cursor'] })
  await client.next('subscribed')
  const id = await insert()
  await client.next(message => message.data['id'] === id)
  await createDatabase()
  expect((await client.next('gap')).data).toMatchObject({ reason: 'incarnation', action: 'reload' })
  const next = await insert()
  await client.next(message => message.data['id'] === next)
  const returned = await hub.register({ resume: client.registered['cursor'] })
  expect(returned.registered['resumed']).toBe('gap')
  expect((await returned.next('gap')).data).toMatchObject({ reason: 'incarnation' })
})

test('a hub closes within ten seconds although its database is frozen and a client takes nothing', async () => {
  const hub = await openTestDaemon(database)
  const stuck = await hub.register()
  stuck.socket.pause()
  await runAdminSql(database, [`INSERT INTO item SELECT -i FROM generate_series(1, 20000) i`])
  const frozen = [server.pid, ...(await readChildren(server.pid))]
  for (const pid of frozen) sendSignal(pid, 'SIGSTOP')
  onTestFinished(() => {
    for (const pid of frozen) sendSignal(pid, 'SIGCONT')
  })
  const later = await connectRawClient(hub.url)
  later.send('register', { app_name: 'later', resume: stuck.registered['cursor'] })
  later.send('ping')
  await later.next('pong')
  let isClosed = false
  void hub.daemon.close().then(() => {
    isClosed = true
  })
  await waitFor(() => isClosed, { timeoutMs: 10_000, message: 'the hub was closed' })
})
