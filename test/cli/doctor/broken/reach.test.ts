import { appendFile, writeFile } from 'node:fs/promises'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { explainDatabaseError } from '../../../../src/cli/doctor/explain-database-error.ts'
import { toDatabaseError } from '../../../../src/database/translate-error.ts'
import { readRows, runAdminSql, withDatabase } from '../../../support/admin-sql.ts'
import { startServer } from '../../../support/start-server.ts'
import { addressOf, openTcpFaultProxy, throughProxy } from '../../../support/tcp-fault-proxy.ts'
import { waitFor } from '../../../support/wait-for.ts'
import { lookWith, sqlOf } from './look-with.ts'

const server = await startServer({ prepare: false })
const admin = (...statements: string[]) => runAdminSql(server.url(), statements)

/** The database as a role without any right of its own. */
const desk = (password = 'desk') => server.url().replace(/\/\/.*@/, `//desk:${password}@`)
const reach = (url: string) => lookWith('database', url)

beforeAll(() => admin(`CREATE ROLE desk LOGIN PASSWORD 'desk'`))

describe('doctor names why the database is not reached, and what mends it', () => {
  test('the database is stopped', async () => {
    await server.stop()
    try {
      expect(await reach(server.url())).toMatchObject({
        state: 'problem',
        found: expect.stringContaining('RTB_DATABASE_REFUSED'),
        findings: [{ fix: expect.stringMatching(/^sudo systemctl start postgresql /) }],
      })
    } finally {
      await server.start()
    }
    expect(await reach(server.url())).toMatchObject({ state: 'ok' })
  })

  test('the password is wrong', async () => {
    const url = desk('mistyped')
    expect(await reach(url)).toMatchObject({
      state: 'problem',
      found: expect.stringContaining('RTB_DATABASE_PASSWORD'),
      findings: [{ fix: expect.stringContaining(`'\\password desk'`) }],
    })
    // What `\password` sends.
    await admin(`ALTER ROLE desk PASSWORD 'mistyped'`)
    onTestFinished(() => admin(`ALTER ROLE desk PASSWORD 'desk'`))
    expect(await reach(url)).toMatchObject({ state: 'ok' })
  })

  test('the network swallows everything', async () => {
    const proxy = await openTcpFaultProxy(addressOf(server.url()))
    const url = throughProxy(server.url(), proxy)
    proxy.setMode({ kind: 'blackhole' })
    expect(await reach(url)).toMatchObject({
      state: 'problem',
      found: expect.stringContaining('RTB_DATABASE_TIMEOUT'),
      findings: [{ fix: expect.stringContaining(`nc -vz -w 3 127.0.0.1 ${proxy.port}`) }],
    })
    proxy.setMode({ kind: 'pass' })
    expect(await reach(url)).toMatchObject({ state: 'ok' })
  })

  test('the role may not connect to the database', async () => {
    await admin('REVOKE CONNECT ON DATABASE postgres FROM PUBLIC')
    onTestFinished(() => admin('GRANT CONNECT ON DATABASE postgres TO PUBLIC'))
    const ill = await reach(desk())
    expect(ill).toMatchObject({
      state: 'problem',
      findings: [{ fix: 'GRANT CONNECT ON DATABASE "postgres" TO "desk";' }],
    })
    await admin(sqlOf(ill))
    expect(await reach(desk())).toMatchObject({ state: 'ok' })
    await admin('REVOKE CONNECT ON DATABASE postgres FROM desk')
  })

  test('the database is not there', async () => {
    const url = withDatabase(server.url(), 'offıce "one"')
    const ill = await reach(url)
    expect(ill).toMatchObject({ state: 'problem', found: expect.stringContaining('RTB_DATABASE_MISSING') })
    await admin(sqlOf(ill))
    expect(await reach(url)).toMatchObject({ state: 'ok' })
  })

  test('pg_hba.conf has no line for the role', async () => {
    const [row] = await readRows(server.url(), 'SHOW hba_file')
    const file = String(row?.['hba_file'])
    const reload = () => admin('SELECT pg_reload_conf()')
    await writeFile(file, 'host all postgres 127.0.0.1/32 scram-sha-256\n')
    await reload()
    await waitFor(async () => (await reach(desk())).state === 'problem')
    const ill = await reach(desk())
    expect(ill).toMatchObject({ state: 'problem', found: expect.stringContaining('RTB_DATABASE_HBA') })
    const line = /: (host .*?) {2,}/.exec(ill.findings[0]?.fix ?? '')?.[1]
    expect(line).toBe('host "postgres" "desk" 127.0.0.1/32 scram-sha-256')
    await appendFile(file, `${line}\n`)
    await reload()
    await waitFor(async () => (await reach(desk())).state === 'ok')
  })

  test.each([
    ['ALTER ROLE desk CONNECTION LIMIT 0', 'ALTER ROLE "desk" CONNECTION LIMIT -1;'],
    ['ALTER ROLE desk NOLOGIN', 'ALTER ROLE "desk" LOGIN;'],
    ['ALTER DATABASE postgres CONNECTION LIMIT 0', 'ALTER DATABASE "postgres" CONNECTION LIMIT -1;'],
  ])('%s', async (cause, fix) => {
    await admin(cause)
    const ill = await reach(desk())
    expect(ill).toMatchObject({ state: 'problem', findings: [{ fix }] })
    await admin(sqlOf(ill))
    expect(await reach(desk())).toMatchObject({ state: 'ok' })
  })

  test('the server speaks no TLS, and it was asked for', async () => {
    const ill = await reach(`${desk()}?sslmode=require`)
    expect(ill).toMatchObject({
      state: 'problem',
      found: expect.stringContaining('RTB_DATABASE_TLS'),
      findings: [{ fix: expect.stringContaining('sslmode=disable') }],
    })
    expect(await reach(`${desk()}?sslmode=disable`)).toMatchObject({ state: 'ok' })
  })

  const target = { host: 'db.office', port: 5432, user: 'desk', database: 'office' }
  test.each([
    [{ code: 'ENOTFOUND', message: 'getaddrinfo ENOTFOUND db.office' }, 'getent hosts db.office'],
    [{ code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 10.0.0.5:5432' }, 'on db.office: sudo systemctl'],
    [{ code: '53300', message: 'sorry, too many clients already' }, 'ALTER SYSTEM SET max_connections'],
    [{ code: '57P03', message: 'the database system is starting up' }, 'wait, then: rtbridge doctor'],
    [{ code: '28000', message: 'role "desk" does not exist' }, 'CREATE ROLE "desk" LOGIN'],
    [{ code: '28000', message: 'Peer authentication failed for user "desk"' }, 'as the system user desk'],
    [{ message: 'self-signed certificate in certificate chain' }, 'sslrootcert='],
  ])('has a fix of its own for %o', ({ message, ...code }, fix) => {
    const error = toDatabaseError(Object.assign(new Error(message), code))
    expect(explainDatabaseError(error, target)).toContain(fix)
  })
})
