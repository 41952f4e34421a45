import type { Knex } from 'knex'
import { connectionSettings, type DatabaseOptions } from './connection-settings.ts'
import { prepareSession } from './prepare-session.ts'
import { installFiles, readSql } from './sql-file.ts'
import { toDatabaseError } from './translate-error.ts'

/** Makes installing single among all programs on a database; `capture_table` takes the same one (sql/install/0006). */
const installLock = [1_920_229_746, 4] as const

/**
 * Brings the schema `rtbridge` to the version of this program: runs the install files that were not run here, each in
 * a transaction of its own. Idempotent; two callers cannot race.
 *
 * @throws RTB_DATABASE_*
 */
export async function migrateSchema(options: DatabaseOptions): Promise<void> {
  // Loaded here, because it takes a fifth of the time in which a hub starts, and a hub never migrates.
  const { knex } = (await import('knex')).default
  const database = knex({
    client: 'pg',
    log: silent,
    connection: connectionSettings(options, 'admin') as Knex.PgConnectionConfig,
    pool: { min: 0, max: 2, afterCreate: prepare },
    migrations: { schemaName: 'rtbridge', tableName: 'migration', migrationSource: new InstallFiles() },
  })
  try {
    await database.transaction(async holder => {
      await holder.raw('SELECT pg_advisory_xact_lock(?, ?)', [...installLock])
      await database.raw('CREATE SCHEMA IF NOT EXISTS rtbridge')
      // knex's own lock is a row that survives a crash. The advisory lock above is the real one and cannot.
      await database.migrate.forceFreeMigrationsLock()
      await database.migrate.latest()
    })
  } catch (error) {
    throw toDatabaseError(withoutStatement(error))
  } finally {
    await database.destroy()
  }
}

/** knex would print failures; they are reported by whoever called. */
const silent = { warn: () => {}, error: () => {}, deprecate: () => {}, debug: () => {} }

/** knex puts the whole statement before the message, which for an install file is pages. */
function withoutStatement(error: unknown): unknown {
  if (error instanceof Error)
    error.message = error.message.slice(error.message.lastIndexOf(' - ') + 1).replace(/^- /, '')
  return error
}

class InstallFiles implements Knex.MigrationSource<string> {
  async getMigrations(): Promise<string[]> {
    return installFiles()
  }

  getMigrationName(file: string): string {
    return file
  }

  async getMigration(file: string): Promise<Knex.Migration> {
    return {
      up: async transaction => {
        // Also of the session, unless a pooler lends it.
        await transaction.raw('SET LOCAL search_path = pg_catalog; SET LOCAL statement_timeout = 0')
        await transaction.raw(readSql(`install/${file}`))
      },
      down: async () => {},
    }
  }
}

function prepare(
  client: Parameters<typeof prepareSession>[0],
  done: (error: unknown, client: unknown) => void,
): void {
  prepareSession(client).then(
    () => done(null, client),
    error => done(error, client),
  )
}
