import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished } from 'vitest'
import { findFreePort } from '../../src/demo/postgres/free-port.ts'
import { runAdminSql } from './admin-sql.ts'
import { waitFor } from './wait-for.ts'

/** How long a client keeps a server session. */
export type PoolMode = 'session' | 'transaction' | 'statement'

/** A PgBouncer before one database. */
export interface TestPooler {
  /** The database, through it. */
  readonly url: string
}

const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin']

/** The program, null where it is not installed. */
export function findPgBouncer(): string | null {
  return folders.map(folder => join(folder, 'pgbouncer')).find(path => existsSync(path)) ?? null
}

/**
 * Starts PgBouncer on loopback; ended after the test, or after the suite when called where tests are declared.
 * @param url the database it serves; whoever connects to it becomes this user
 * @param settings as in `pgbouncer.ini`
 */
export async function startPgBouncer(
  url: string,
  mode: PoolMode,
  settings: Readonly<Record<string, string>> = {},
): Promise<TestPooler> {
  const folder = await mkdtemp(join(tmpdir(), 'rtbridge-pgbouncer-'))
  const port = await findFreePort()
  const whenDone = expect.getState().currentTestName === undefined ? afterAll : onTestFinished
  let child: ChildProcess | null = null
  whenDone(async () => {
    const ended = child === null || new Promise(resolve => child?.once('close', resolve))
    if (child?.exitCode === null && child.kill('SIGKILL')) await ended
    await rm(folder, { recursive: true, force: true })
  })
  const file = join(folder, 'pgbouncer.ini')
  await writeFile(
    file,
    configuration(new URL(url), { pool_mode: mode, listen_port: String(port), ...settings }),
  )
  await chmod(folder, 0o755)
  // It refuses to run as root, and gives up that right by itself when it is told for whom.
  const asRoot = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  child = spawn(findPgBouncer() ?? '', ['-q', ...asRoot, file], { stdio: 'ignore' })
  const pooled = new URL(url)
  pooled.host = `127.0.0.1:${port}`
  await waitFor(() => runAdminSql(pooled.href, ['SELECT 1']).then(() => true))
  return { url: pooled.href }
}

function configuration(target: URL, settings: Readonly<Record<string, string>>): string {
  const database = decodeURIComponent(target.pathname.slice(1))
  const server = `host=${target.hostname} port=${target.port || 5432} dbname=${database}`
  const all = {
    listen_addr: '127.0.0.1',
    unix_socket_dir: '',
    auth_type: 'any',
    // Unset, it waits 15 s after a failed attempt to reach the server.
    server_login_retry: '1',
    ...settings,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`)
  return `[databases]
${database} = ${server} user=${target.username} password=${decodeURIComponent(target.password)}
[pgbouncer]
${lines.join('\n')}
`
}
