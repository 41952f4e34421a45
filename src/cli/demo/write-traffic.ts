import type { Config } from '../../config/config.ts'
import { openPool } from '../../database/pool.ts'
import { runWaslaTraffic, type TrafficQuery } from '../../demo/wasla-traffic.ts'
import { commandDatabase } from '../context.ts'

export interface TrafficOptions {
  readonly config: Config
  readonly signal: AbortSignal
  readonly ratePerSecond: number
  readonly seed: number
}

/** Writes the traffic of the station until the signal aborts. @throws RTB_DATABASE_* */
export async function writeTraffic({ config, signal, ratePerSecond, seed }: TrafficOptions): Promise<void> {
  const pool = openPool(commandDatabase(config), 2)
  const query: TrafficQuery = async (sql, params) => {
    const rows = await pool.query(sql, params)
    return { rows: rows.map(decodeBookings) }
  }
  try {
    await runWaslaTraffic({ query, signal, ratePerSecond, seed })
  } catch (error) {
    // Ctrl-C reaches a statement under way as well.
    if (!signal.aborted) throw error
  } finally {
    await pool.close()
  }
}

/** Our sessions give every value as text; of these statements only the open bookings are more than that. */
function decodeBookings(row: Readonly<Record<string, string | null>>): Record<string, unknown> {
  return typeof row['bookings'] === 'string' ? { ...row, bookings: JSON.parse(row['bookings']) } : row
}
