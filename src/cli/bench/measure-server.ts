import type { AdminSession } from '../../database/admin-session.ts'
import type { DatabaseOptions } from '../../database/connection-settings.ts'
import { openDoorbellListener } from '../../database/doorbell-listener.ts'
import { readSql } from '../../database/sql-file.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { type Timing, timeRounds } from './time-rounds.ts'

/** What a hub asks of its database all the time, milliseconds each. */
export interface ServerTimings {
  /** There and back. */
  readonly roundTrip: Timing
  /** Where the database is: what each look of a hub begins with. */
  readonly snapshot: Timing
  /** From the notification of one session until another hears it, that session's own commit included; null behind a pooler. */
  readonly notification: Timing | null
  /** What the fence waits for where a writer did not: the WAL on disk. Null on a standby. */
  readonly flush: Timing | null
}

/** Longest wait for a notification, ms. */
const patienceMs = 5_000

/** Measures without touching a table. @throws RTB_DATABASE_* */
export async function measureServer(
  session: AdminSession,
  options: DatabaseOptions,
  rounds: number,
): Promise<ServerTimings> {
  const [server] = await session.query('SELECT pg_is_in_recovery() AS standby')
  const isStandby = server?.['standby'] === 't'
  const asked = await timeRounds(
    {
      roundTrip: () => session.query('SELECT 1'),
      snapshot: () => session.query('SELECT pg_current_snapshot()'),
    },
    rounds,
  )
  const flushed = isStandby
    ? null
    : await timeRounds({ flush: () => session.query(readSql('query/flush_wal.sql')) }, rounds)
  const canListen = !session.pooled && !isStandby
  return {
    ...asked,
    flush: flushed?.flush ?? null,
    notification: canListen ? await measureNotification(session, options, rounds) : null,
  }
}

/** On a channel that nobody else knows. */
async function measureNotification(
  session: AdminSession,
  options: DatabaseOptions,
  rounds: number,
): Promise<Timing> {
  const channel = `rtbridge_bench_${crypto.randomUUID().replaceAll('-', '')}`
  let heard: () => void = () => {}
  const listener = await openDoorbellListener(options, [channel], () => heard())
  try {
    const ring = async () => {
      const arrives = new Promise<boolean>(resolve => {
        const timer = setTimeout(() => resolve(false), patienceMs)
        heard = () => {
          clearTimeout(timer)
          resolve(true)
        }
      })
      await session.query('SELECT pg_notify($1, $2)', [channel, ''])
      if (!(await arrives))
        throw rtbridgeError('RTB_DATABASE_TIMEOUT', { detail: 'a notification was not heard' })
    }
    return (await timeRounds({ ring }, rounds)).ring
  } finally {
    await listener.close()
  }
}
