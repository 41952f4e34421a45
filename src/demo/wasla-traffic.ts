import { setTimeout as sleep } from 'node:timers/promises'
import { readSql } from '../database/sql-file.ts'
import type { Random } from './seeded-random.ts'
import { createRandom, pickInteger } from './seeded-random.ts'
import type { Station, StationAction, Vehicle } from './wasla-station.ts'
import { applyAction, chooseAction } from './wasla-station.ts'

/** Runs one statement; rows come as `pg` parses them (integers as numbers, jsonb as objects). */
export type TrafficQuery = (
  sql: string,
  params: readonly unknown[],
) => Promise<{ readonly rows: readonly Record<string, unknown>[] }>

/** How the traffic runs. */
export interface WaslaTrafficOptions {
  /** Each statement is a transaction of its own, so a pool serves as well as one connection. */
  readonly query: TrafficQuery
  /** Ends it, after the action that is under way. */
  readonly signal: AbortSignal
  /** Actions per second on average, at irregular distances; default 3. */
  readonly ratePerSecond?: number
  /** The same seed on the same station gives the same actions; default 1. */
  readonly seed?: number
  /** Ends it after so many actions; default never. */
  readonly maxActions?: number
  /** Waits, ms; ends early, by resolving or rejecting, when the signal aborts. Default a real timer. */
  readonly pause?: (delayMs: number, signal: AbortSignal) => Promise<void>
}

/** How often each thing happened. */
export type TrafficCounts = Readonly<Record<StationAction['kind'], number>>

/**
 * Makes the traffic of a Wasla station on the schema of `examples/wasla/schema.sql`: vehicles enter, seats are
 * booked and cancelled, full vehicles leave. It copes with other writers at the same tables.
 *
 * @returns the counts, once the signal has aborted or `maxActions` are done
 * @throws what `query` throws
 */
export async function runWaslaTraffic(options: WaslaTrafficOptions): Promise<TrafficCounts> {
  const { query, signal, ratePerSecond = 3, seed = 1, maxActions = Number.POSITIVE_INFINITY } = options
  const pause = options.pause ?? pauseWithTimer
  const random = createRandom(seed)
  const counts = { enter: 0, book: 0, cancel: 0, depart: 0 }
  let station = await readStation(query)
  for (let done = 0; done < maxActions && !signal.aborted; done++) {
    const action = chooseAction(station, random)
    const id = action === null ? null : await perform(action, query, random)
    if (action !== null && id !== null) {
      station = applyAction(station, action, id)
      counts[action.kind] += 1
    } else {
      // Somebody else has changed the station.
      station = await readStation(query)
    }
    await pause(nextDelayMs(ratePerSecond, random), signal).catch(ignoreAbort)
  }
  return counts
}

/** The id of the row it made; null when the station was not what we thought. */
async function perform(action: StationAction, query: TrafficQuery, random: Random): Promise<string | null> {
  const staff = `staff-${pickInteger(random, 1, 5)}`
  const run = async (file: string, params: readonly unknown[]) => {
    const { rows } = await query(readSql(`demo/${file}.sql`), params)
    return rows[0] === undefined ? null : String(rows[0]['id'])
  }
  switch (action.kind) {
    case 'enter':
      await run('issue_day_pass', [action.plate, dayPassPrice, staff])
      return run('enter_queue', [action.destination, action.plate, action.seats])
    case 'book':
      return run('book_seats', [action.vehicle, action.seats, action.phone, staff])
    case 'cancel':
      return run('cancel_booking', [action.booking])
    case 'depart':
      return run('depart_vehicle', [action.vehicle, staff])
  }
}

const dayPassPrice = '2.00'

async function readStation(query: TrafficQuery): Promise<Station> {
  const destinations = await query(readSql('demo/read_destinations.sql'), [])
  const vehicles = await query(readSql('demo/read_station.sql'), [])
  return {
    destinations: destinations.rows.map(row => String(row['id'])),
    vehicles: vehicles.rows.map(row => ({
      id: String(row['id']),
      plate: String(row['license_plate']),
      destination: String(row['destination_id']),
      freeSeats: Number(row['free_seats']),
      bookings: row['bookings'] as Vehicle['bookings'],
    })),
  }
}

/** Distances as between passengers who do not know each other: a Poisson process. */
function nextDelayMs(ratePerSecond: number, random: Random): number {
  return (-Math.log(1 - random()) * 1_000) / ratePerSecond
}

async function pauseWithTimer(delayMs: number, signal: AbortSignal): Promise<void> {
  await sleep(delayMs, undefined, { signal })
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error
}
