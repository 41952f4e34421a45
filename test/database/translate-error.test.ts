import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { openConnection } from '../../src/database/connection.ts'
import { toDatabaseError } from '../../src/database/translate-error.ts'
import { findFreePort } from '../../src/demo/postgres/free-port.ts'
import { databaseErrors } from '../../src/domain/errors/database-errors.ts'
import { RtbridgeError, rtbridgeError } from '../../src/domain/errors/registry.ts'
import { runAdminSql } from '../support/admin-sql.ts'
import { openClient } from '../support/open-client.ts'
import { startServer } from '../support/start-server.ts'
import { openTcpFaultProxy, throughProxy } from '../support/tcp-fault-proxy.ts'
import { waitFor } from '../support/wait-for.ts'

const server = await startServer({
  prepare: false,
  settings: { max_connections: '8', superuser_reserved_connections: '3' },
})
const provoked = new Set<string>()

/** Connects and says what came of it: the error's code, or `connected`. */
async function connect(url: string, connectTimeoutMs = 5_000): Promise<RtbridgeError | 'connected'> {
  try {
    const session = await openConnection({ url, connectTimeoutMs, answerTimeoutMs: 5_000 }, 'test')
    await session.close()
    return 'connected'
  } catch (error) {
    if (!(error instanceof RtbridgeError)) throw error
    provoked.add(error.code)
    return error
  }
}

async function codeOf(url: string, connectTimeoutMs?: number): Promise<string> {
  const result = await connect(url, connectTimeoutMs)
  return result === 'connected' ? result : result.code
}

/** The server's URL with some part changed. */
function changed(change: (url: URL) => void): string {
  const url = new URL(server.url())
  change(url)
  return url.href
}

async function createRole(): Promise<string> {
  const role = `role_${randomBytes(4).toString('hex')}`
  await runAdminSql(server.url(), [`CREATE ROLE ${role} LOGIN PASSWORD 'right'`])
  return role
}

async function as(role: string, password = 'right'): Promise<string> {
  return changed(url => {
    url.username = role
    url.password = password
  })
}

describe('what is wrong with the database is told apart', () => {
  test('nothing is wrong', async () => {
    expect(await codeOf(server.url())).toBe('connected')
  })

  test('a host that is not known', async () => {
    expect(await codeOf(changed(url => (url.hostname = 'database.invalid')))).toBe(
      'RTB_DATABASE_HOST_UNKNOWN',
    )
  })

  test('a port where nothing listens', async () => {
    const port = await findFreePort()
    expect(await codeOf(changed(url => (url.port = String(port))))).toBe('RTB_DATABASE_REFUSED')
  })

  test('a host name with several addresses where nothing listens', async () => {
    const port = await findFreePort()
    const url = changed(u => {
      u.hostname = 'localhost'
      u.port = String(port)
    })
    expect(await codeOf(url)).toBe('RTB_DATABASE_REFUSED')
  })

  test('a socket folder without a server', async () => {
    expect(await codeOf('postgres://x@/postgres?host=/nonexistent')).toBe('RTB_DATABASE_REFUSED')
  })

  test('a server that accepts and says nothing', async () => {
    const proxy = await openTcpFaultProxy({ host: server.host, port: server.port })
    proxy.setMode({ kind: 'blackhole' })
    expect(await codeOf(throughProxy(server.url(), proxy), 100)).toBe('RTB_DATABASE_TIMEOUT')
  })

  test('something that hangs up', async () => {
    const port = await listenAndHangUp()
    expect(await codeOf(changed(url => (url.port = String(port))))).toBe('RTB_DATABASE_LOST')
  })

  test('a server without TLS', async () => {
    expect(await codeOf(`${server.url()}?sslmode=require`)).toBe('RTB_DATABASE_TLS')
    expect(await codeOf(`${server.url()}?sslmode=verify-full`)).toBe('RTB_DATABASE_TLS')
  })

  test('a file of an authority that is not there', async () => {
    expect(await codeOf(`${server.url()}?sslrootcert=/missing/ca.crt`)).toBe('RTB_DATABASE_TLS_FILE')
  })

  test('no user in the URL and the environment: it is the one of the system, or the server says that none is named', async () => {
    onTestFinished(() => void vi.unstubAllEnvs())
    vi.stubEnv('PGUSER', undefined)
    const { user } = pg.defaults
    onTestFinished(() => {
      pg.defaults.user = user
    })
    // As where USER is not set.
    pg.defaults.user = undefined
    const url = await as('', 'wrong')
    const nameless = await new pg.Client(url).connect().catch(toDatabaseError)
    expect(nameless).toMatchObject({ code: 'RTB_DATABASE_USER', hint: expect.stringContaining('PGUSER') })
    provoked.add('RTB_DATABASE_USER')
    expect(String(await connect(url))).toContain(`"${userInfo().username}"`)
  })

  test('a wrong password, and a role that does not exist', async () => {
    expect(await codeOf(await as(await createRole(), 'wrong'))).toBe('RTB_DATABASE_PASSWORD')
    expect(await codeOf(await as('nobody_of_that_name'))).toBe('RTB_DATABASE_PASSWORD')
  })

  test('no password where one is needed', async () => {
    const role = await createRole()
    const error = await connect(await as(role, ''))
    expect(error).toMatchObject({ code: 'RTB_DATABASE_PASSWORD' })
    expect(String(error)).toContain('the server asks for a password, and none was given')
  })

  test('a database that does not exist', async () => {
    expect(await codeOf(server.url('missing'))).toBe('RTB_DATABASE_MISSING')
  })

  test('a role that may not connect', async () => {
    const role = await createRole()
    await runAdminSql(server.url(), [
      'CREATE DATABASE closed',
      'REVOKE CONNECT ON DATABASE closed FROM PUBLIC',
    ])
    const url = new URL(await as(role))
    url.pathname = '/closed'
    expect(await codeOf(url.href)).toBe('RTB_DATABASE_PERMISSION')
  })

  test('a role that may not log in', async () => {
    const role = await createRole()
    await runAdminSql(server.url(), [`ALTER ROLE ${role} NOLOGIN`])
    expect(await codeOf(await as(role))).toBe('RTB_DATABASE_LOGIN')
  })

  // `ident` asks whose connection it is, as `peer` does of a socket; nobody answers here.
  test.each([
    ['an address that pg_hba.conf does not let in', 'reject', 'RTB_DATABASE_HBA'],
    ['a system user who is not the one of the role', 'ident', 'RTB_DATABASE_LOGIN'],
  ])('%s', async (_, method, code) => {
    const role = await createRole()
    const file = join(server.dataDir, 'data', 'pg_hba.conf')
    const before = await readFile(file, 'utf8')
    const rewrite = async (text: string) => {
      await writeFile(file, text)
      await runAdminSql(server.url(), ['SELECT pg_reload_conf()'])
    }
    await rewrite(`host all ${role} 127.0.0.1/32 ${method}\n${before}`)
    onTestFinished(() => rewrite(before))
    const url = await as(role)
    await waitFor(async () => (await codeOf(url)) === code)
  })

  test('no free slot, for the database, the role or the server', async () => {
    const role = await createRole()
    await runAdminSql(server.url(), [`ALTER ROLE ${role} CONNECTION LIMIT 1`])
    const holder = await openClient(await as(role))
    expect(await codeOf(await as(role))).toBe('RTB_DATABASE_SLOTS')
    await holder.end()
    await runAdminSql(server.url(), [`ALTER ROLE ${role} CONNECTION LIMIT -1`])
    const url = await as(role)
    // One after the other: a connection that is refused holds a slot for a moment.
    for (let left = 20; left > 0; left--) {
      const opened = await openClient(url).catch(() => null)
      if (opened === null) break
    }
    await waitFor(async () => (await codeOf(url)) === 'RTB_DATABASE_SLOTS')
  })

  test('a right that is missing', async () => {
    const role = await createRole()
    await runAdminSql(server.url(), ['CREATE TABLE IF NOT EXISTS secret (id int)'])
    await expect(failWith(await as(role), 'SELECT * FROM public.secret')).resolves.toBe(
      'RTB_DATABASE_PERMISSION',
    )
    // What a hub with a role of its own lacks is granted, rather than that it takes another.
    expect(rtbridgeError('RTB_DATABASE_PERMISSION', { detail: '' }).hint).toContain(
      '`rtbridge doctor` prints',
    )
  })

  test('a session that was terminated', async () => {
    await expect(failWith(server.url(), 'SELECT pg_terminate_backend(pg_backend_pid())')).resolves.toBe(
      'RTB_DATABASE_LOST',
    )
  })

  test('a statement that is wrong', async () => {
    await expect(failWith(server.url(), 'SELECT 1 / 0')).resolves.toBe('RTB_DATABASE_FAILED')
  })

  test('writing where only reading is possible', async () => {
    const sql = 'BEGIN READ ONLY; CREATE TABLE public.nowhere (id int)'
    await expect(failWith(server.url(), sql)).resolves.toBe('RTB_DATABASE_STANDBY')
  })

  test('a server that is stopping, starting or recovering', async () => {
    const client = await openClient(server.url())
    const stopping = server.stop('smart')
    await waitFor(async () => (await codeOf(server.url())) === 'RTB_DATABASE_STARTING')
    await client.end()
    await stopping
    await server.start()
    expect(await codeOf(server.url())).toBe('connected')
  })

  test('every code was provoked, but for those that others raise and that of a pooler (test/faults/pooler)', () => {
    const others = ['RTB_DATABASE_TOO_OLD', 'RTB_DATABASE_POOLER', 'RTB_DATABASE_POOL_MODE']
    const all = Object.keys(databaseErrors).filter(code => !others.includes(code))
    expect(all.filter(code => !provoked.has(code))).toEqual([])
  })
})

describe('the translation', () => {
  test('keeps what was thrown as the cause, and has a hint', async () => {
    const error = await connect(server.url('missing'))
    if (error === 'connected') throw new Error('it connected')
    expect(error.cause).toMatchObject({ code: '3D000' })
    expect(error.hint.length).toBeGreaterThan(10)
    expect(error.actor).toBe('operator')
  })

  test('names no secret', async () => {
    const password = 'canary-password-7391'
    const role = await createRole()
    for (const url of [
      await as(role, password),
      (await as(role, password)).replace('127.0.0.1', 'database.invalid'),
    ]) {
      const error = await connect(url)
      expect(error).not.toBe('connected')
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(password)
      expect(String(error)).not.toContain(password)
    }
  })

  test('lets errors of rtbridge pass', () => {
    const error = rtbridgeError('RTB_INSTALL_MISSING', {})
    expect(toDatabaseError(error)).toBe(error)
  })

  test('knows a standby by its words, in whatever class they come', () => {
    const thrown = Object.assign(new Error('recovery is in progress'), { code: '55000' })
    expect(toDatabaseError(thrown).code).toBe('RTB_DATABASE_STANDBY')
  })

  test.each([
    ['no such database: office', 'RTB_DATABASE_MISSING'],
    ['no more connections allowed (max_client_conn)', 'RTB_DATABASE_SLOTS'],
    ['server login has been failing, try again later (server_login_retry)', 'RTB_DATABASE_REFUSED'],
    ['query_wait_timeout', 'RTB_DATABASE_LOST'],
    ['transaction blocks not allowed in statement pooling mode', 'RTB_DATABASE_POOL_MODE'],
  ])('knows what a pooler says, which has one SQLSTATE for everything: %s', (message, code) => {
    expect(toDatabaseError(Object.assign(new Error(message), { code: '08P01' })).code).toBe(code)
  })

  test('makes an error of anything that is thrown', () => {
    for (const thrown of [undefined, null, 'text', 7, new Error(''), new AggregateError([])]) {
      expect(toDatabaseError(thrown).code).toBe('RTB_DATABASE_FAILED')
    }
  })
})

async function failWith(url: string, sql: string): Promise<string> {
  const session = await openConnection({ url, connectTimeoutMs: 5_000, answerTimeoutMs: 5_000 }, 'test')
  onTestFinished(() => session.close())
  return session.query(sql).then(
    () => 'done',
    (error: RtbridgeError) => {
      provoked.add(error.code)
      return error.code
    },
  )
}

/** Something that is no PostgreSQL. */
async function listenAndHangUp(): Promise<number> {
  const listener = createServer(socket => socket.destroy())
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void listener.close())
  const address = listener.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
