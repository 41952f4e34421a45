import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Diagnosis } from '../../../src/cli/doctor/diagnose.ts'
import type { EmbeddedServer } from '../../../src/demo/embedded-server.ts'
import { runAdminSql } from '../../support/admin-sql.ts'
import { type CliResult, createFolder, runCli } from '../run-cli.ts'

/** A database with something to capture, to be made ill. */
export interface AilingDatabase {
  readonly url: string
  /** The folder with its configuration. */
  readonly cwd: string
  sql(...statements: string[]): Promise<void>
  /** Runs a command with the configuration of this database. */
  run(...args: string[]): Promise<CliResult>
  /** What `rtbridge doctor --json` says. */
  diagnose(): Promise<readonly Diagnosis[]>
  /** What it says of one check. */
  look(check: string): Promise<Diagnosis>
  /** Does what is printed as the fix of a check: commands and statements as an admin would type them. */
  applyFixes(check: string): Promise<void>
}

const defaultConfiguration = `
database: { url: "\${DATABASE_URL}", doorbell: off }
hub: { port: 0 }
discovery: { mdns: off }
tables: { orders: { exclude: [pin] }, visits: , notes: }
`

/** Makes a database anew, with three captured tables, one of them partitioned. */
export async function createAilingDatabase(
  server: EmbeddedServer,
  configuration = defaultConfiguration,
): Promise<AilingDatabase> {
  const url = server.url('ailing')
  await runAdminSql(server.url(), ['DROP DATABASE IF EXISTS ailing WITH (FORCE)', 'CREATE DATABASE ailing'])
  await runAdminSql(url, [
    'CREATE TABLE orders (id int PRIMARY KEY, pin text)',
    'CREATE TABLE visits (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day)',
    `CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')`,
    'CREATE TABLE notes (id int PRIMARY KEY)',
  ])
  const cwd = await createFolder()
  await writeFile(join(cwd, 'rtbridge.yaml'), configuration)
  const run = (...args: string[]) => runCli(args, { cwd, env: { DATABASE_URL: url } })
  const sql = (...statements: string[]) => runAdminSql(url, statements)
  const diagnose = async () => {
    const { stdout } = await run('doctor', '--json')
    return (JSON.parse(stdout) as { checks: Diagnosis[] }).checks
  }
  const look = async (check: string) => {
    const found = (await diagnose()).find(({ name }) => name === check)
    if (found === undefined) throw new Error(`there is no check ${check}`)
    return found
  }
  const applyFixes = async (check: string) => {
    for (const { fix } of (await look(check)).findings) {
      if (fix?.startsWith('rtbridge ') === true) await run(...fix.split(' ').slice(1))
      else await sql(...statementsOf(fix ?? ''))
    }
  }
  await run('install-triggers')
  await applyFixes('kin')
  return { url, cwd, sql, run, diagnose, look, applyFixes }
}

/** One by one: some statements cannot share a transaction. */
function statementsOf(script: string): string[] {
  return script
    .replace(/--.*$/, '')
    .split(';')
    .filter(statement => statement.trim() !== '')
}
