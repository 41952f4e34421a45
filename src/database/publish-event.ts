import { createHash } from 'node:crypto'
import type { OnceKey } from '../domain/once-key.ts'
import type { Pool } from './pool.ts'
import { readSql } from './sql-file.ts'

export interface PublishedEvent {
  readonly eventType: string
  /** JSON text. */
  readonly data: string
  readonly room: string | null
  readonly origin: string
  /** Set: it is stored unless one was stored with this key. */
  readonly once?: OnceKey | undefined
}

/**
 * Writes an event without a row to the journal.
 * @returns its `seq`, or that of the one that was stored with the same key; null when the database did not say
 * @throws RTB_DATABASE_*
 */
export async function publishEvent(
  pool: Pick<Pool, 'query'>,
  { eventType, data, room, origin, once }: PublishedEvent,
): Promise<string | null> {
  const values = [eventType, data, room, origin]
  const [row] =
    once === undefined
      ? await pool.query(readSql('query/publish_event.sql'), values)
      : await pool.query(readSql('query/publish_event_once.sql'), [...values, digestOf(once)])
  return row?.['seq'] ?? null
}

/** As JSON, so that no sender can choose a name and a key that together are those of another. */
function digestOf({ sender, key }: OnceKey): string {
  return createHash('sha256')
    .update(JSON.stringify([sender, key]))
    .digest('hex')
}
