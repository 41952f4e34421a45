import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { openConnection } from '../../src/database/connection.ts'
import { openPool } from '../../src/database/pool.ts'
import { sendSignal } from '../../src/demo/postgres/processes.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { connectRawClient } from '../support/raw-client.ts'
import { startServer } from '../support/start-server.ts'
import { waitFor } from '../support/wait-for.ts'

const server = await startServer({ settings: { max_connections: '5', superuser_reserved_connections: '0' } })
/** Far beyond what a test takes. */
const patient = { url: server.url(), connectTimeoutMs: 600_000, answerTimeoutMs: 600_000 }

/** From here on new connections are taken by the system and answered by nobody. */
function freeze(): void {
  sendSignal(server.pid, 'SIGSTOP')
  onTestFinished(() => sendSignal(server.pid, 'SIGCONT'))
}

/** Fills the line of those who wait to be accepted, so that the system answers nobody any more. */
async function fillBacklog(): Promise<void> {
  const waiting: Socket[] = []
  onTestFinished(() => {
    for (const socket of waiting) socket.destroy()
  })
  await waitFor(async () => {
    const socket = connect(server.port, server.host)
    socket.on('error', () => {})
    waiting.push(socket)
    return new Promise<boolean>(resolve => {
      // A turn later: what came while this process itself was held up is heard first.
      const full = setTimeout(() => setImmediate(() => resolve(true)), 300)
      socket.once('connect', () => {
        clearTimeout(full)
        resolve(false)
      })
    })
  })
}

test('a hub closes within ten seconds while it connects to a server that does not answer', async () => {
  freeze()
  const hub = await openTestDaemon(server.url(), 'database: { connect_timeout: 10m }')
  const client = await connectRawClient(hub.url)
  client.send('register', { app_name: 'early' })
  client.send('ping')
  await client.next('pong')
  let isClosed = false
  void hub.daemon.close().then(() => {
    isClosed = true
  })
  await waitFor(() => isClosed, { timeoutMs: 10_000, message: 'the hub was closed' })
})

test('a pool closes while it connects to a server that does not answer', async () => {
  freeze()
  const pool = openPool(patient, 2)
  const failed = Promise.all([1, 2, 3].map(n => expect(pool.query(`SELECT ${n}`)).rejects.toThrow()))
  let isClosed = false
  void pool.close().then(() => {
    isClosed = true
  })
  await waitFor(() => isClosed, { timeoutMs: 10_000, message: 'the pool was closed' })
  await failed
})

test('a connection that is being opened can be given up', async () => {
  freeze()
  const giveUp = new AbortController()
  const opening = openConnection(patient, 'test', { signal: giveUp.signal })
  setImmediate(() => giveUp.abort())
  await expect(opening).rejects.toMatchObject({ code: 'RTB_DATABASE_LOST' })
})

test('a machine that cannot be reached is tried anew after seconds, however long a connection may take', async () => {
  freeze()
  await fillBacklog()
  await expect(openConnection(patient, 'test')).rejects.toMatchObject({ code: 'RTB_DATABASE_TIMEOUT' })
  const pool = openPool(patient, 1)
  await expect(pool.query('SELECT 1')).rejects.toMatchObject({ code: 'RTB_DATABASE_TIMEOUT' })
  await pool.close()
})
