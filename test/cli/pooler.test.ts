import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describePooler } from '../support/describe-pooler.ts'
import { startPgBouncer } from '../support/start-pgbouncer.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { createFolder, runCli } from './run-cli.ts'

describePooler('commands behind PgBouncer', async () => {
  const database = await createTestDatabase()
  await database.query('DROP SCHEMA rtbridge CASCADE; CREATE TABLE item (id int PRIMARY KEY)')
  const pooler = await startPgBouncer(database.url, 'transaction')
  const cwd = await createFolder()
  await writeFile(join(cwd, 'rtbridge.yaml'), `database: { url: "\${DATABASE_URL}" }\ntables: [item]`)
  const run = (...args: string[]) =>
    runCli(args, { cwd, env: { DATABASE_URL: pooler.url, RTBRIDGE_HUB_PORT: '1' } })

  test('install, publish, look and remove as they do without it', async () => {
    expect(await run('install-triggers')).toMatchObject({ code: 0, stderr: '' })
    expect((await run('install-triggers', '--check')).code).toBe(0)
    await database.query('INSERT INTO item VALUES (1)')
    expect((await run('publish', 'NOTE', '{"n": 1}', '--origin', 'desk 3')).code).toBe(0)
    const { rows } = await database.query('SELECT op, origin FROM rtbridge.journal ORDER BY seq')
    expect(rows).toEqual([
      { op: 'I', origin: null },
      { op: 'P', origin: 'desk 3' },
    ])
    expect((await run('status')).stdout).toContain('1 table captured, as configured')
    expect((await run('doctor')).stdout).toMatch(/warning +pooler/)
    expect((await run('uninstall-triggers', '--yes')).stdout).toContain('nothing of rtbridge is left')
    const { rows: locks } = await database.query(
      `SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    )
    expect(locks).toEqual([])
  })

  test('say what to change where no transaction is possible', async () => {
    const strict = await startPgBouncer(database.url, 'statement')
    const { code, stderr } = await runCli(['install-triggers'], { cwd, env: { DATABASE_URL: strict.url } })
    expect(code).toBe(4)
    expect(stderr).toContain('error RTB_DATABASE_POOL_MODE: the connection pooler allows no transactions')
    expect(stderr).toContain('set pool_mode to transaction or session')
  })
})
