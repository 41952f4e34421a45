import type { Pool } from './pool.ts'

/** An event without a row, as it goes into the journal. */
export interface DurableEvent {
  readonly eventType: string
  /** JSON. */
  readonly data: string
  readonly room: string | null
  readonly origin: string
}

/** Stores an event that has no row. @returns its `seq` @throws RTB_DATABASE_* */
export async function publishDurable(pool: Pool, event: DurableEvent): Promise<string | null> {
  const sql = `SELECT set_config('rtbridge.origin', $4, true), rtbridge.publish($1, $2::jsonb, $3) AS seq`
  const [row] = await pool.query(sql, [event.eventType, event.data, event.room, event.origin])
  return row?.['seq'] ?? null
}
