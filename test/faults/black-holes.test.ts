import { expect, test } from 'vitest'
import { answerTimeoutMs } from '../../src/daemon/sessions.ts'
import { openTestCapture } from '../support/capture-fixture.ts'
import { createCounterTable } from '../support/counter-table.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { addressOf, openTcpFaultProxy, type TcpFaultProxy, throughProxy } from '../support/tcp-fault-proxy.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const database = await createTestDatabase()
await createCounterTable(database.url)
let nextId = 1

/** Before the hub would give up by itself what the network has swallowed. */
const before = { timeoutMs: (answerTimeoutMs * 2) / 3 }

const blackHoles: readonly [string, (proxy: TcpFaultProxy) => void, (proxy: TcpFaultProxy) => void][] = [
  [
    'that gives back what it swallowed',
    proxy => proxy.setMode({ kind: 'hold' }),
    proxy => proxy.setMode({ kind: 'pass' }),
  ],
  [
    'in which packets are lost',
    proxy => proxy.setMode({ kind: 'blackhole' }),
    proxy => proxy.setMode({ kind: 'pass' }),
  ],
  [
    'that lets only new connections through afterwards',
    proxy => proxy.setMode({ kind: 'blackhole' }),
    proxy => {
      proxy.abandon()
      proxy.setMode({ kind: 'pass' })
    },
  ],
]

test.each(blackHoles)('a hub is live again soon after a black hole %s', async (_name, begin, end) => {
  const proxy = await openTcpFaultProxy(addressOf(database.url))
  const hub = await openTestDaemon(throughProxy(database.url, proxy), 'tables: { counter: {} }')
  await hub.daemon.live
  const client = await hub.register()
  const arrives = async () => {
    const id = nextId++
    await database.query('INSERT INTO counter VALUES ($1, 0)', [id])
    const message = () => `row ${id} came: ${hub.log.slice(-3).join('')}`
    const came = () =>
      client.messages.some(
        ({ message_type, data }) => message_type === 'realtime_event' && data['id'] === `${id}`,
      )
    await waitFor(came, { ...before, message })
  }
  await arrives()
  begin(proxy)
  // A statement is on its way that nobody will answer.
  await waitFor(() => proxy.swallowedBytes + proxy.held > 0)
  end(proxy)
  await arrives()
  await waitFor(() => hub.daemon.status().state === 'live', before)
})

/** The one listener's network swallows everything from now on. */
async function deafen(proxy: TcpFaultProxy): Promise<void> {
  const { rows } = await database.query<{ client_port: number }>(
    `SELECT client_port FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'rtbridge listener'`,
  )
  expect(rows).toHaveLength(1)
  proxy.abandon(rows[0]?.client_port)
}

test('a listener that hears nothing any more is found out by the next change, and replaced', async () => {
  const proxy = await openTcpFaultProxy(addressOf(database.url))
  const { capture, received } = await openTestCapture(throughProxy(database.url, proxy))
  await waitFor(() => capture.hears && capture.counters.sentinel)
  await deafen(proxy)
  const insert = () => database.query('INSERT INTO counter VALUES ($1, 0)', [nextId++])
  // Before the next ping of a listener that nobody doubts is due, which is 10 s after it began.
  await waitFor(
    async () => {
      await insert()
      return !capture.hears
    },
    { timeoutMs: 7_000 },
  )
  await waitFor(() => capture.hears)
  const changes = capture.counters.changes
  await insert()
  await received(changes + 1)
})

test('who asks for the past, page by page, makes a hub look that hears nothing and that nobody is connected to', async () => {
  const proxy = await openTcpFaultProxy(addressOf(database.url))
  const quiet = 'tables: { counter: {} }\ncapture: { safety_read: 1h, canary: 1h, canary_timeout: 1h }'
  const { daemon } = await openTestDaemon(throughProxy(database.url, proxy), quiet)
  await waitFor(() => daemon.status().canary.age_ms !== null && daemon.status().capture['lagMs'] === 0)
  await deafen(proxy)
  const id = nextId++
  const { cursor } = daemon.status()
  await database.query('INSERT INTO counter VALUES ($1, 0)', [id])
  const page = async () => {
    const answer = await fetch(`http://127.0.0.1:${daemon.port}/api/events?cursor=${cursor}`)
    return (await answer.json()) as { events: { id: string }[] }
  }
  // Before the next ping finds the listener deaf.
  await waitFor(async () => (await page()).events.some(event => event.id === `${id}`), { timeoutMs: 7_000 })
})
