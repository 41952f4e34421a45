import { type AdminSession, openAdminSession } from '../../database/admin-session.ts'
import type { DatabaseOptions } from '../../database/connection-settings.ts'
import { readSql } from '../../database/sql-file.ts'
import { clearLeftovers } from './clear-leftovers.ts'

/** Transactions of one small row that writers commit in a second. */
export interface WriterRates {
  readonly writers: number
  /** Without any trigger. */
  readonly plain: number
  /** With a trigger that notifies the row. */
  readonly notified: number
  /** With a trigger that writes the row into a journal, as ours do. */
  readonly journalled: number
  /** What that is of the rate without a trigger, of each tenth of the run. */
  readonly shares: { readonly notified: Share; readonly journalled: Share }
}

/** A part of 1. */
export interface Share {
  readonly median: number
  readonly least: number
  readonly most: number
}

const tables = ['plain', 'notified', 'journalled'] as const
const writers = 8
/** Of each table, in turn: a disk that is busy for a while slows all of them. */
const slices = 10
const lockTimeoutMs = 5_000

export interface MeasureWritersOptions {
  /** Transactions of each writer and table. */
  readonly rounds: number
  /** Name of the schema; there must be none of that name. */
  readonly schema: string
  /** Ends it before its time. */
  readonly signal: AbortSignal
}

/**
 * Writes into a schema of its own, and drops it, with those that killed runs left behind.
 * @returns null when it was ended before its time
 * @throws RTB_DATABASE_*
 */
export async function measureWriters(
  session: AdminSession,
  options: DatabaseOptions,
  { rounds, schema, signal }: MeasureWritersOptions,
): Promise<WriterRates | null> {
  await clearLeftovers(session)
  await session.transaction(lockTimeoutMs, async query => {
    await query(`CREATE SCHEMA ${schema}`)
    await query(`SET LOCAL search_path = ${schema}`)
    await query(readSql('bench/write_scratch.sql'))
  })
  const sessions: AdminSession[] = []
  try {
    for (let nth = 0; nth < writers; nth++) sessions.push(await openAdminSession(options))
    // They wait for what the users of this database wait for, a standby perhaps.
    for (const each of sessions) await each.query('RESET synchronous_commit')
    const rates = await writeInTurn(sessions, { rounds, schema, signal })
    return signal.aborted ? null : { writers, ...rates }
  } finally {
    await Promise.all(sessions.map(each => each.close()))
    await session.query(`DROP SCHEMA ${schema} CASCADE`)
  }
}

async function writeInTurn(
  sessions: readonly AdminSession[],
  { rounds, schema, signal }: MeasureWritersOptions,
): Promise<Omit<WriterRates, 'writers'>> {
  const tookMs: Record<(typeof tables)[number], number[]> = { plain: [], notified: [], journalled: [] }
  const each = Math.max(1, Math.ceil(rounds / slices))
  let id = 0
  for (let slice = 0; slice < slices; slice++) {
    for (const table of tables) {
      const sql = `INSERT INTO ${schema}.${table} VALUES ($1, '184 TUN 9829', 'WAITING')`
      const start = performance.now()
      await Promise.all(
        sessions.map(async session => {
          for (let nth = 0; nth < each && !signal.aborted; nth++) await session.query(sql, [String(++id)])
        }),
      )
      tookMs[table].push(performance.now() - start)
    }
  }
  const rate = (times: readonly number[]) =>
    (writers * each * slices * 1_000) / times.reduce((sum, ms) => sum + ms, 0)
  const shares = {
    notified: shareOf(tookMs.plain, tookMs.notified),
    journalled: shareOf(tookMs.plain, tookMs.journalled),
  }
  const { plain, notified, journalled } = tookMs
  return { plain: rate(plain), notified: rate(notified), journalled: rate(journalled), shares }
}

/** Slice by slice: a machine that is busy for a while is so for both. */
function shareOf(plainMs: readonly number[], tookMs: readonly number[]): Share {
  const shares = tookMs.map((ms, slice) => (plainMs[slice] ?? 0) / ms).sort((a, b) => a - b)
  const middle = Math.floor(shares.length / 2)
  return { median: shares[middle] ?? 0, least: shares[0] ?? 0, most: shares.at(-1) ?? 0 }
}
