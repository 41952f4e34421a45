import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Config } from '../../config/config.ts'
import { loadConfig } from '../../config/load-config.ts'
import { openAdminSession } from '../../database/admin-session.ts'
import type { EmbeddedServer } from '../../demo/embedded-server.ts'
import { applyPlan } from '../../install/apply-plan.ts'
import { readCatalogue } from '../../install/catalogue.ts'
import { commandDatabase, withSession } from '../context.ts'
import { makePlan } from '../install/make-plan.ts'

/** The sample of the package: tables of a taxi station, and the rules for them. */
import { packageFile } from '../package-info.ts'

const example = packageFile('examples/wasla/')
export const databaseName = 'wasla'

/** The configuration of the demo: that of the example, on the server and port of the demo. Nothing else has a say. */
export function demoConfig(server: EmbeddedServer, port: number, logLevel: string): Config {
  return loadConfig({
    flags: {
      config: fileURLToPath(new URL('rtbridge.yaml', example)),
      'hub.host': '127.0.0.1',
      'hub.port': port,
      'log.level': logLevel,
    },
    env: { DATABASE_URL: server.url(databaseName) },
    cwd: fileURLToPath(example),
  }).config
}

/**
 * Creates the sample database with its tables and triggers; in a kept folder, what is there already stays.
 * @returns the destinations of the station
 */
export async function prepareDatabase(server: EmbeddedServer, config: Config): Promise<readonly string[]> {
  await createDatabase(server)
  await withSession(config, async session => {
    const [found] = await session.query(`SELECT to_regclass('public.bookings') IS NOT NULL AS there`)
    if (found?.['there'] === 't') return
    await session.query('SET search_path = public')
    await session.query(await readFile(new URL('schema.sql', example), 'utf8'))
  })
  const catalogue = await withSession(config, session => readCatalogue(session))
  const plan = makePlan(catalogue, config)
  await applyPlan(plan, { database: commandDatabase(config), onStep: () => {}, onRetry: () => {} })
  const rows = await withSession(config, session =>
    session.query('SELECT id FROM public.destinations ORDER BY id'),
  )
  return rows.map(row => row['id'] ?? '')
}

async function createDatabase(server: EmbeddedServer): Promise<void> {
  const options = { url: server.url(), connectTimeoutMs: 10_000, answerTimeoutMs: 60_000 }
  const session = await openAdminSession(options)
  try {
    const there = await session.query('SELECT 1 FROM pg_database WHERE datname = $1', [databaseName])
    if (there.length === 0) await session.query(`CREATE DATABASE ${databaseName}`)
  } finally {
    await session.close()
  }
}
