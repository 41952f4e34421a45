import { expect, onTestFinished, test } from 'vitest'
import { readChildren, sendSignal } from '../../src/demo/postgres/processes.ts'
import { runAdminSql, withDatabase } from '../support/admin-sql.ts'
import { terminateBackends } from '../support/backends.ts'
import { openTestCapture, type TestCapture } from '../support/capture-fixture.ts'
import { createCounterTable, describeChange } from '../support/counter-table.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { openClient } from '../support/open-client.ts'
import { prepareTemplate } from '../support/prepare-template.ts'
import { startServer } from '../support/start-server.ts'
import { waitFor } from '../support/wait-for.ts'
import { withBusyMachine } from '../support/with-busy-machine.ts'

const server = await startServer({ settings: { max_connections: '20' } })
const password = 'very-secret-word'
let nextId = 1

await createCounterTable(server.url())
await createDesk()

/** The role of the hub, with the rights it needs. */
async function createDesk(): Promise<void> {
  await runAdminSql(server.url(), [
    `CREATE ROLE desk LOGIN PASSWORD '${password}'`,
    'GRANT ALL ON ALL TABLES IN SCHEMA rtbridge TO desk',
    'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA rtbridge TO desk',
  ])
}

function deskUrl(): string {
  const url = new URL(server.url())
  ;[url.username, url.password] = ['desk', password]
  return url.href
}

/** A hub whose pauses are always the longest. */
function openUnluckyHub(url = deskUrl()): Promise<TestCapture> {
  const database = { url, connectTimeoutMs: 1_000, answerTimeoutMs: 1_000 }
  return openTestCapture(url, { database, random: () => 1 })
}

/** Ends its sessions until it cannot come back, and waits until its pauses have grown as long as they get. */
async function keepOut(hub: TestCapture, reason: string): Promise<void> {
  const admin = await openClient(server.url())
  const query = admin.query.bind(admin) as never
  await waitFor(async () => (await terminateBackends({ query })) === 0 && hub.states.includes(reason))
  await admin.end()
  await expectPatience(hub, reason)
}

async function expectPatience(hub: TestCapture, reason: string): Promise<void> {
  const failures = () => hub.states.filter(state => state === reason).length
  await waitFor(() => failures() >= 6, { message: () => `6 × ${reason}: ${hub.states}` })
}

/** The promise: live within two seconds, and nothing missed. */
async function expectReturn(hub: TestCapture, url = server.url()): Promise<void> {
  const timeoutMs = await withBusyMachine(2_000, url)
  const message = () => `it was live in time: ${hub.states}`
  await waitFor(() => hub.states.at(-1) === 'live', { timeoutMs, message })
  const id = nextId++
  const inserted = `INSERT ${id}=0`
  await runAdminSql(url, [`INSERT INTO counter VALUES (${id}, 0)`])
  await waitFor(() => hub.changes.some(change => describeChange(change) === inserted))
}

test('a hub whose password was changed is live again when it is right again', async () => {
  const hub = await openUnluckyHub()
  await runAdminSql(server.url(), [`ALTER ROLE desk PASSWORD 'another'`])
  await keepOut(hub, 'RTB_DATABASE_PASSWORD')
  await runAdminSql(server.url(), [`ALTER ROLE desk PASSWORD '${password}'`])
  await expectReturn(hub)
})

test('a hub whose role was dropped is live again when the role was made anew', async () => {
  const hub = await openUnluckyHub()
  await runAdminSql(server.url(), ['DROP OWNED BY desk', 'DROP ROLE desk'])
  await keepOut(hub, 'RTB_DATABASE_PASSWORD')
  await createDesk()
  await expectReturn(hub)
})

test('a hub whose database was dropped is live again when it was made anew, and says that it is another history', async () => {
  const url = withDatabase(server.url(), 'office')
  const create = async () => {
    await runAdminSql(server.url(), ['CREATE DATABASE office'])
    await prepareTemplate(url)
    await createCounterTable(url)
  }
  await create()
  const hub = await openUnluckyHub(url)
  await runAdminSql(server.url(), ['DROP DATABASE office WITH (FORCE)'])
  await expectPatience(hub, 'RTB_DATABASE_MISSING')
  await create()
  await expectReturn(hub, url)
  expect(hub.starts.at(-1)?.gap).toBe('incarnation')
})

test('a hub that found no connection slot is live again when there is one', async () => {
  const hub = await openUnluckyHub()
  const greedy: Awaited<ReturnType<typeof openClient>>[] = []
  const admin = await openClient(server.url())
  await waitFor(async () => {
    await terminateBackends({ query: admin.query.bind(admin) as never })
    for (;;) {
      const client = await openClient(deskUrl()).catch(() => null)
      if (client === null) return hub.states.includes('RTB_DATABASE_SLOTS')
      greedy.push(client)
    }
  })
  await expectPatience(hub, 'RTB_DATABASE_SLOTS')
  await Promise.all(greedy.map(client => client.end()))
  await expectReturn(hub)
})

test('a hub that met a server which takes nobody in is live again after its restart', async () => {
  const hub = await openUnluckyHub()
  // A smart stop waits for this client and refuses all others.
  const last = await openClient(server.url())
  const stopping = server.stop('smart')
  await waitFor(async () => {
    await last.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'rtbridge %' AND pid <> pg_backend_pid()`,
    )
    return hub.states.includes('RTB_DATABASE_STARTING')
  })
  await expectPatience(hub, 'RTB_DATABASE_STARTING')
  await last.end()
  await stopping
  await server.start()
  await expectReturn(hub)
})

test('a hub whose server was frozen is live again when it goes on', async () => {
  const hub = await openUnluckyHub()
  const frozen = [server.pid, ...(await readChildren(server.pid))]
  const thaw = () => {
    for (const pid of frozen) sendSignal(pid, 'SIGCONT')
  }
  onTestFinished(thaw)
  for (const pid of frozen) sendSignal(pid, 'SIGSTOP')
  await waitFor(() => hub.states.filter(state => state === 'RTB_DATABASE_TIMEOUT').length >= 3)
  thaw()
  await expectReturn(hub)
})

test('no password reaches the log of a hub that cannot connect, and its clients stay and are told', async () => {
  const hub = await openTestDaemon(deskUrl())
  const client = await hub.register()
  await runAdminSql(server.url(), [`ALTER ROLE desk PASSWORD 'another'`])
  const admin = await openClient(server.url())
  await waitFor(async () => {
    await terminateBackends({ query: admin.query.bind(admin) as never })
    return hub.daemon.status().database.error?.code === 'RTB_DATABASE_PASSWORD'
  })
  expect((await client.next('status')).data).toMatchObject({ state: 'stale' })
  await runAdminSql(server.url(), [`ALTER ROLE desk PASSWORD '${password}'`])
  expect((await client.next('status')).data).toMatchObject({ state: 'live' })
  expect(client.closed).toBe(null)
  expect(JSON.stringify([hub.log, client.messages])).not.toContain(password)
})
