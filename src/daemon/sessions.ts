import type { Config } from '../config/config.ts'
import type { DatabaseOptions } from '../database/connection-settings.ts'
import { openPool, type Pool } from '../database/pool.ts'

/** Sessions for replays, publishing and pruning; the live reader has its own. */
const poolSize = 6
/** A statement without an answer for longer is given up with its connection. */
export const answerTimeoutMs = 15_000
/** A replay sorts everything since a cursor before its first row comes. */
const replayTimeoutMs = 120_000
/** Sessions for what is short and must not wait for a replay: the canary, and signals. */
const errandSessions = 2
const errandTimeoutMs = 5_000

/** How a hub reaches its database, and the sessions that it keeps there. Nothing connects before it is asked. */
export interface Sessions {
  /** For whoever opens sessions of his own. */
  readonly database: DatabaseOptions
  readonly replays: Pool
  readonly errands: Pool
  /** What a read of a table takes must not be missing to replays. */
  readonly tables: Pool
  close(): Promise<void>
}

export function openSessions({ database, limits }: Pick<Config, 'database' | 'limits'>): Sessions {
  const forReplays = { ...database, answerTimeoutMs: replayTimeoutMs }
  const replays = openPool(forReplays, poolSize)
  const errands = openPool({ ...database, answerTimeoutMs: errandTimeoutMs }, errandSessions)
  const tables = openPool(forReplays, limits.snapshots)
  return {
    database: { ...database, answerTimeoutMs },
    replays,
    errands,
    tables,
    close: async () => {
      await Promise.all([replays, errands, tables].map(pool => pool.close()))
    },
  }
}
