import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { beforeEach, describe, expect, test } from 'vitest'
import { runProgram } from '../../../../src/cli/run-program.ts'
import { readRows } from '../../../support/admin-sql.ts'
import { openTestDaemon } from '../../../support/daemon-fixture.ts'
import { startServer } from '../../../support/start-server.ts'
import { runCli } from '../../run-cli.ts'
import { type AilingDatabase, createAilingDatabase } from '../ailing-database.ts'

const server = await startServer({ prepare: false })
let database: AilingDatabase
beforeEach(async () => {
  database = await createAilingDatabase(server)
})

describe('rtbridge doctor --fix', () => {
  test('puts dropped and disabled triggers back, says so, and leaves what is not its own', async () => {
    await database.sql(
      'DROP TRIGGER "!rtbridge_insert" ON orders',
      'ALTER TABLE notes DISABLE TRIGGER "!rtbridge_update"',
      'ALTER DATABASE ailing SET session_replication_role = replica',
    )
    const { code, stdout } = await database.run('doctor', '--fix', '--yes')
    expect(stdout).toMatch(/\nok +tables +3 tables captured as configured\n/)
    expect(stdout).toMatch(
      /\ndone +tables +captured notes, orders anew; changes of notes, orders made meanwhile are lost/,
    )
    // A setting of the host's is no business of ours.
    expect(stdout).toMatch(/\nproblem +replica-sessions /)
    expect(code).toBe(5)
  })

  test('prunes a journal that is over its limit', async () => {
    await database.sql(
      'INSERT INTO orders SELECT i, repeat(md5(i::text), 20) FROM generate_series(1, 3000) i',
      'ANALYZE rtbridge.journal',
      'UPDATE rtbridge.retention SET max_bytes = 100000',
    )
    const { stdout } = await database.run('doctor', '--fix', '--yes', '--json')
    const { fixed, checks } = JSON.parse(stdout)
    expect(fixed).toEqual([
      { check: 'journal', what: expect.stringMatching(/^deleted \d+ change/), state: 'done' },
    ])
    expect(checks).toContainEqual(expect.objectContaining({ name: 'journal', state: 'ok' }))
    const [row] = await readRows(database.url, 'SELECT count(*)::int AS rows FROM orders')
    expect(row).toEqual({ rows: 3000 })
  })

  test('takes an open key of ours away from others', async () => {
    await database.run('cert', 'init', '--dir', join(database.cwd, 'tls'))
    await writeFile(
      join(database.cwd, 'rtbridge.yaml'),
      `tls: { cert: tls/hub.crt, key: tls/hub.key }\nhub: { port: 0 }\ndiscovery: { mdns: off }\n`,
    )
    const keys = ['hub.key', 'ca.key'].map(name => join(database.cwd, 'tls', name))
    for (const key of keys) await chmod(key, 0o644)
    await database.run('doctor', '--fix', '--yes')
    for (const key of keys) expect((await stat(key)).mode & 0o777).toBe(0o600)
  })

  test('does nothing where nobody can answer and nobody said yes', async () => {
    await database.sql('DROP TRIGGER "!rtbridge_insert" ON orders')
    const { code, stderr } = await database.run('doctor', '--fix')
    expect(code).toBe(6)
    expect(stderr).toContain('RTB_COMMAND_UNCONFIRMED')
    expect(await database.look('tables')).toMatchObject({ state: 'problem' })
  })

  test.each([
    ['no', 'declined', 'problem'],
    ['yes', 'done', 'ok'],
  ])('asks, and %s is an answer', async (answer, state, after) => {
    await database.sql('DROP TRIGGER "!rtbridge_insert" ON orders')
    let said = ''
    await runProgram(['doctor', '--fix'], {
      env: { DATABASE_URL: database.url },
      cwd: database.cwd,
      stdin: Object.assign(Readable.from([`${answer}\n`]), { isTTY: true }),
      stdout: {
        write: text => {
          said += text
        },
      },
      stderr: { write: () => {} },
    })
    expect(said).toMatch(new RegExp(`\\n${state} +tables `))
    expect(await database.look('tables')).toMatchObject({ state: after })
  })

  test('says when there is nothing that it may mend', async () => {
    const { stdout } = await database.run('doctor', '--fix')
    expect(stdout).toContain('\nnothing to fix that is safe without you\n')
  })
})

describe('rtbridge doctor --bundle', () => {
  const canaries = {
    database: 'canary-pa:ss/word',
    environment: 'canary-of-PGPASSWORD',
    token: 'canary-of-a-token',
    jwt: 'canary-secret-that-is-long-enough-to-sign-with-00',
    bus: 'canary-of-the-bus',
  }
  const written = (url: string) => `
database: { url: "${url}" }
hub: { port: 0 }
discovery: { mdns: off }
bus: { url: "redis://bus:${canaries.bus}@127.0.0.1:1" }
auth: { mode: jwt, jwt: { secret: "${canaries.jwt}", issuer: "*", audience: "*" } }
tables: { orders: }
`
  const env = { PGPASSWORD: canaries.environment, RTBRIDGE_TOKEN: canaries.token }

  test('holds what helps and none of the secrets, for its owner alone', async () => {
    const url = new URL(database.url)
    url.password = encodeURIComponent(canaries.database)
    await writeFile(join(database.cwd, 'rtbridge.yaml'), written(url.href))
    const { code } = await runCli(['doctor', '--bundle', 'report.json'], { cwd: database.cwd, env })
    expect(code).toBe(5)
    const path = join(database.cwd, 'report.json')
    const text = await readFile(path, 'utf8')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    for (const secret of [...Object.values(canaries), encodeURIComponent(canaries.database)]) {
      expect(text).not.toContain(secret)
    }
    expect(JSON.parse(text)).toMatchObject({
      version: 1,
      node: process.version,
      doctor: {
        state: 'problem',
        checks: expect.arrayContaining([expect.objectContaining({ name: 'database' })]),
      },
      config: { hub: { port: 0 } },
    })
  })

  test('hides a secret in whatever text it has got into', async () => {
    await writeFile(
      join(database.cwd, 'rtbridge.yaml'),
      `nonsense: ${canaries.token}\nhub: { port: many-${canaries.environment} }\n`,
    )
    await runCli(['doctor', '--bundle', 'report.json'], { cwd: database.cwd, env })
    const text = await readFile(join(database.cwd, 'report.json'), 'utf8')
    expect(text).not.toMatch(/canary/)
    expect(JSON.parse(text)).toMatchObject({ config: null, doctor: { state: 'problem' } })
  })

  test('has the health of a hub that answers', async () => {
    const { daemon } = await openTestDaemon(database.url)
    await daemon.live
    await writeFile(
      join(database.cwd, 'rtbridge.yaml'),
      `hub: { host: 127.0.0.1, port: ${daemon.port} }\ndiscovery: { mdns: off }\n`,
    )
    await runCli(['doctor', '--bundle', 'report.json'], {
      cwd: database.cwd,
      env: { RTBRIDGE_DATABASE_URL: database.url },
    })
    const report = JSON.parse(await readFile(join(database.cwd, 'report.json'), 'utf8'))
    expect(report.hub.health).toMatchObject({ state: 'live', hub_id: daemon.status().hub_id })
  })

  test('replaces no file', async () => {
    await writeFile(join(database.cwd, 'report.json'), 'mine')
    const { code, stderr } = await database.run('doctor', '--bundle', 'report.json')
    expect(code).toBe(6)
    expect(stderr).toContain('RTB_COMMAND_FILE_EXISTS')
    expect(await readFile(join(database.cwd, 'report.json'), 'utf8')).toBe('mine')
  })
})
