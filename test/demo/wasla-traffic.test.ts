import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import type { WaslaTrafficOptions } from '../../src/demo/wasla-traffic.ts'
import { runWaslaTraffic } from '../../src/demo/wasla-traffic.ts'
import { createTestDatabase } from '../support/test-database.ts'

const database = await createTestDatabase()
const schema = await readFile(new URL('../../examples/wasla/schema.sql', import.meta.url), 'utf8')
await database.query(schema)

describe('the traffic of the Wasla demo', () => {
  test('lets vehicles enter and leave, and seats be booked and cancelled', async () => {
    const counts = await run({ maxActions: 400 })
    expect(Object.values(counts).every(count => count > 0)).toBe(true)
    const { rows } = await database.query(
      `SELECT (SELECT count(*)::int FROM vehicle_queue) AS queued, (SELECT count(*)::int FROM exit_passes) AS left,
              (SELECT count(*)::int FROM day_passes) AS passes`,
    )
    const { enter, depart } = counts
    expect(rows).toEqual([{ queued: enter - depart, left: depart, passes: enter }])
  })

  test('keeps the seats of every vehicle equal to its bookings', async () => {
    await run({ maxActions: 100, seed: 7 })
    const { rows } = await database.query(
      `SELECT license_plate FROM vehicle_queue
        WHERE total_seats - available_seats IS DISTINCT FROM
              (SELECT coalesce(sum(seats_booked), 0) FROM bookings WHERE queue_id = vehicle_queue.id AND status = 'CONFIRMED')`,
    )
    expect(rows).toEqual([])
  })

  test('keeps the places of every queue without a hole', async () => {
    await run({ maxActions: 100, seed: 8 })
    const { rows } = await database.query(
      `SELECT destination_id FROM vehicle_queue GROUP BY destination_id HAVING max(queue_position) <> count(*)`,
    )
    expect(rows).toEqual([])
  })

  test('does the same again for the same seed', async () => {
    const first = await runFromEmpty(42)
    expect(await runFromEmpty(42)).toEqual(first)
    expect(await runFromEmpty(43)).not.toEqual(first)
  })

  test('copes with somebody else who empties the station', async () => {
    let actions = 0
    const pause = async () => {
      actions += 1
      if (actions === 20) await database.query('DELETE FROM vehicle_queue')
    }
    const counts = await run({ maxActions: 60, seed: 9, pause })
    expect(counts.enter).toBeGreaterThan(0)
  })

  test('stops at once when it is told to, in the middle of a pause', async () => {
    const controller = new AbortController()
    const running = runWaslaTraffic({
      query: database.query,
      signal: controller.signal,
      ratePerSecond: 0.0001,
    })
    controller.abort()
    await running
  })

  test('passes on what the database says', async () => {
    const query = () => Promise.reject(new Error('the connection broke'))
    await expect(run({ query })).rejects.toThrow('the connection broke')
  })
})

test('the statement of the first apps for a trial booking works on the schema', async () => {
  const { rowCount } = await database.query(
    `INSERT INTO bookings (destination_id, vehicle_license_plate, seats_booked, total_amount)
     VALUES ('test-dest', 'TEST123', 2, 10.0)`,
  )
  expect(rowCount).toBe(1)
})

function run(options: Partial<WaslaTrafficOptions>) {
  const { signal } = new AbortController()
  return runWaslaTraffic({ query: database.query, signal, pause: async () => {}, ...options })
}

async function runFromEmpty(seed: number): Promise<unknown[]> {
  await database.query('TRUNCATE bookings, vehicle_queue, day_passes, exit_passes')
  const seen: unknown[] = []
  await run({
    seed,
    maxActions: 60,
    query: (sql, params) => {
      seen.push(params.filter(param => !/^[0-9a-f-]{36}$/.test(String(param))))
      return database.query(sql, params)
    },
  })
  return seen
}
