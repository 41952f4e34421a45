import { expect, onTestFinished, test } from 'vitest'
import { Retention } from '../../src/capture/retention.ts'
import { openPool } from '../../src/database/pool.ts'
import { adminOptions } from '../support/capture-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

const database = await createTestDatabase()
await database.query('CREATE TABLE note (id serial PRIMARY KEY)')
await installTables(database, 'tables: { note: {} }')

/** The looks of a hub, as they began, ms. */
function startLooking(soonMs: number, everyMs: number) {
  const pool = openPool(adminOptions(database.url), 1)
  onTestFinished(() => pool.close())
  const looks: number[] = []
  const retention = new Retention({
    pool: {
      query: (text, values) => {
        if (text.includes('UPDATE rtbridge.retention')) looks.push(performance.now())
        return pool.query(text, values)
      },
    },
    keepMs: 3_600_000,
    maxBytes: 2 ** 30,
    soonMs,
    everyMs,
    onPruned: () => {},
    onError: () => {},
  })
  onTestFinished(() => retention.close())
  return { retention, looks }
}

test('a hub that has just started soon sees what came into the journal after its first look', async () => {
  const { retention } = startLooking(100, 3_600_000)
  await waitFor(() => retention.gauges)
  expect(retention.gauges?.oldest).toBeNull()
  await database.query('INSERT INTO note DEFAULT VALUES')
  await waitFor(() => retention.gauges?.oldest)
})

test('a hub that has been there for a while looks no more often than it is told', async () => {
  const [soonMs, everyMs] = [20, 150]
  const { looks } = startLooking(soonMs, everyMs)
  await waitFor(() => looks.length > 7)
  const pauses = looks.slice(1).map((at, index) => at - (looks[index] ?? 0))
  const least = pauses.map((_, index) => Math.min(soonMs * 2 ** index, everyMs))
  // Timers may be a moment early.
  expect(pauses.map((pause, index) => pause >= (least[index] ?? 0) - 2)).toEqual(pauses.map(() => true))
})
