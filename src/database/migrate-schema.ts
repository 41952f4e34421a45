import type { Knex } from 'knex'
import { connectionSettings, type DatabaseOptions } from './connection-settings.ts'
import { prepareSession } from './prepare-session.ts'
import { installFiles, readSql } from './sql-file.ts'
import { toDatabaseError } from './translate-error.ts'

/** Makes installing single among all programs on a database; `capture_table` takes the same one (sql/install/0006). */
const installLock = [1_920_229_746, 4] as const

/**
 * Brings the schema `rtbridge` to the version of this program: runs the install files that were not run here, all in
 * one transaction. Idempotent; two callers cannot race: one waits for the other.
 *
 * @param lockTimeoutMs longest wait for a lock on an object that is in use, ms; 0 = no limit. It then fails with SQLSTATE
 *   55P03, changes nothing, and can be called again
 * @throws RTB_DATABASE_*
 */
export async function migrateSchema(options: DatabaseOptions, lockTimeoutMs = 0): Promise<void> {
  // Loaded here, because it takes a fifth of the time in which a hub starts, and a hub never migrates.
  const { knex } = (await import('knex')).default
  const database = knex({
    client: 'pg',
    log: silent,
    connection: connectionSettings(options, 'admin') as Knex.PgConnectionConfig,
    pool: { min: 0, max: 1, afterCreate: prepare },
    migrations: { schemaName: 'rtbridge', tableName: 'migration', migrationSource: new InstallFiles() },
  })
  try {
    await database.transaction(async transaction => {
      // Another installer may take its time: to wait for it hinders nobody. To wait for a table hinders its writers.
      await transaction.raw('SET LOCAL lock_timeout = 0')
      await transaction.raw('SELECT pg_advisory_xact_lock(?, ?)', [...installLock])
      await transaction.raw(`SELECT set_config('lock_timeout', ?, true)`, [String(lockTimeoutMs)])
      const { rows } = await transaction.raw(`SELECT to_regnamespace('rtbridge') AS made`)
      // Not IF NOT EXISTS, which asks for the right to create one all the same.
      if (rows[0].made === null) await transaction.raw('CREATE SCHEMA rtbridge')
      // knex's own lock is a row that survives a crash. The advisory lock above is the real one and cannot.
      await transaction.migrate.forceFreeMigrationsLock()
      await transaction.migrate.latest()
    }, readCommitted)
  } catch (error) {
    throw toDatabaseError(withoutStatement(error))
  } finally {
    await database.destroy()
  }
}

/** Who waited for another installer has to see what that one did. */
const readCommitted = { isolationLevel: 'read committed' } as const

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
