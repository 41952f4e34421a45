import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { sentinelLock } from '../../src/capture/advisory-locks.ts'
import { sendSignal } from '../../src/demo/postgres/processes.ts'
import { runAdminSql } from '../support/admin-sql.ts'
import { type findBackends, findLockHolder, terminateBackends } from '../support/backends.ts'
import { openTestCapture, type TestCapture } from '../support/capture-fixture.ts'
import { createCounterTable, describeChange, withoutRepeats } from '../support/counter-table.ts'
import { openClient } from '../support/open-client.ts'
import { startServer } from '../support/start-server.ts'
import { waitFor } from '../support/wait-for.ts'

const server = await startServer({ settings: { max_connections: '20', superuser_reserved_connections: '3' } })
await createCounterTable(server.url())
let nextId = 1

/** Runs statements on a session of their own: pools would break with the server. */
async function run(...statements: string[]): Promise<void> {
  await runAdminSql(server.url(), statements)
}

const insert = () => run(`INSERT INTO counter VALUES (${nextId++}, 0)`)

function openHub(url = server.url()): Promise<TestCapture> {
  const impatient = { url, connectTimeoutMs: 1_000, answerTimeoutMs: 500 }
  return openTestCapture(url, { database: impatient, safetyReadMs: 100 })
}

/** The ids of the rows delivered, each once. */
const ids = (hub: TestCapture) => withoutRepeats(hub.changes).map(change => describeChange(change))
const expected = (from: number) => Array.from({ length: nextId - from }, (_, i) => `INSERT ${from + i}=0`)

async function expectEverythingSince(hub: TestCapture, from: number): Promise<void> {
  await waitFor(() => ids(hub).length >= nextId - from, { message: () => `all came; ${hub.states}` })
  expect(ids(hub)).toEqual(expected(from))
  expect(hub.starts).toHaveLength(1)
  expect(hub.states.at(-1)).toBe('live')
}

test.each(['fast', 'immediate'] as const)('continues after a %s stop and a new start', async mode => {
  const from = nextId
  const hub = await openHub()
  await insert()
  await server.stop(mode)
  await waitFor(() => hub.states.includes('RTB_DATABASE_REFUSED'))
  await server.start()
  await insert()
  await expectEverythingSince(hub, from)
})

test('continues after one killed backend has restarted the whole cluster', async () => {
  const from = nextId
  const hub = await openHub()
  await insert()
  const victim = await openClient(server.url())
  const { rows } = await victim.query('SELECT pg_backend_pid() AS pid')
  const running = victim.query('SELECT pg_sleep(60)').catch(() => {})
  sendSignal(rows[0].pid, 'SIGKILL')
  await running
  await waitFor(() => hub.states.length > 1)
  await waitFor(async () => {
    await run('SELECT 1')
    return true
  })
  await insert()
  await expectEverythingSince(hub, from)
})

test('waits for a postmaster that hangs, and says that it does', async () => {
  const from = nextId
  const hub = await openHub()
  await insert()
  const writer = await openClient(server.url())
  await terminate(writer, () => sendSignal(server.pid, 'SIGSTOP'))
  await waitFor(() => hub.states.includes('RTB_DATABASE_TIMEOUT'))
  // Sessions that exist go on while nobody new gets in.
  await writer.query(`INSERT INTO counter VALUES (${nextId++}, 0)`)
  // The fault itself: a postmaster that hangs for a while.
  await pause(500)
  sendSignal(server.pid, 'SIGCONT')
  await expectEverythingSince(hub, from)
})

test('goes on with the frozen sentinel gone from its session, and makes it the sentinel again later', async () => {
  const from = nextId
  const hubs = [await openHub(), await openHub()]
  const writer = await openClient(server.url())
  const locks = { query: writer.query.bind(writer) } as unknown as Parameters<typeof findLockHolder>[0]
  const frozen = await waitFor(() => findLockHolder(locks, sentinelLock))
  sendSignal(frozen, 'SIGSTOP')
  onTestFinished(() => sendSignal(frozen, 'SIGCONT'))
  for (let i = 0; i < 10; i++) {
    await writer.query(`INSERT INTO counter VALUES (${nextId++}, 0)`)
    await Promise.all(hubs.map(hub => waitFor(() => ids(hub).length >= nextId - from)))
  }
  sendSignal(frozen, 'SIGCONT')
  await waitFor(() => hubs.some(hub => hub.capture.counters.sentinel))
  await insert()
  for (const hub of hubs) await expectEverythingSince(hub, from)
})

test('waits for a free connection slot', async () => {
  const from = nextId
  await run(`DROP ROLE IF EXISTS desk`, `CREATE ROLE desk LOGIN PASSWORD 'desk'`)
  await run('GRANT ALL ON ALL TABLES IN SCHEMA rtbridge TO desk')
  const url = new URL(server.url())
  ;[url.username, url.password] = ['desk', 'desk']
  const hub = await openHub(url.href)
  await insert()
  const admin = await openClient(server.url())
  const query = admin.query.bind(admin) as unknown as Parameters<typeof findBackends>[0]['query']
  // Ordinary roles have 17 slots; whatever the hub lets go of is taken at once.
  const greedy: Awaited<ReturnType<typeof openClient>>[] = []
  const grab = async () => {
    for (;;) greedy.push(await openClient(url.href))
  }
  await waitFor(async () => {
    await terminateBackends({ query })
    await grab().catch(() => {})
    return hub.states.includes('RTB_DATABASE_SLOTS')
  })
  await admin.query(`INSERT INTO counter VALUES (${nextId++}, 0)`)
  await Promise.all(greedy.map(client => client.end()))
  await expectEverythingSince(hub, from)
})

/** Freezes the postmaster between the end of the hub's sessions and their return. */
async function terminate(client: Awaited<ReturnType<typeof openClient>>, freeze: () => void): Promise<void> {
  freeze()
  onTestFinished(() => sendSignal(server.pid, 'SIGCONT'))
  const query = client.query.bind(client) as unknown as Parameters<typeof findBackends>[0]['query']
  await terminateBackends({ query })
}
