import { expect, onTestFinished, test } from 'vitest'
import { createRandom, type Random } from '../client/tables/model-database.ts'
import { openTestDaemon, type TestDaemon } from '../support/daemon-fixture.ts'
import { loadTimeoutMs, sized } from '../support/full-size.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'
import { OracleDesk } from './tables-oracle/oracle-desk.ts'
import { canonical, judgeSightings } from './tables-oracle/oracle-verdict.ts'
import { writeTransactions } from './tables-oracle/oracle-writer.ts'
import { type OracleTable, randomTables, schemaSql } from './tables-oracle/random-schema.ts'

const firstSeed = Number(process.env['RTBRIDGE_TEST_SEED'] ?? Date.now() % 1_000_000)
const seedCount = Number(process.env['RTBRIDGE_TEST_SEEDS'] ?? sized({ normal: 1, full: 10 }))
const transactions = Number(process.env['RTBRIDGE_TEST_CHANGES'] ?? sized({ normal: 150, full: 2_000 }))
const yaml = 'tables:\n  alpha: {}\n  beta: {}\n  gamma: {}\n'
const database = await createTestDatabase()

/** Hubs of the database, which come and go. */
class Hubs {
  readonly open: TestDaemon[] = []

  readonly urls = (): string[] => this.open.map(({ url }) => url)

  async start(): Promise<void> {
    this.open.push(await openTestDaemon(database.url, yaml))
  }

  async replaceFirst(): Promise<void> {
    await this.start()
    await this.open.shift()?.daemon.close()
  }
}

interface Stage {
  readonly tables: readonly OracleTable[]
  readonly hubs: Hubs
  readonly desks: readonly OracleDesk[]
  readonly random: Random
}

async function setStage(seed: number): Promise<Stage> {
  const random = createRandom(seed)
  const tables = randomTables(random)
  await database.query(
    'DROP TABLE IF EXISTS alpha, beta, gamma, oracle_history; DROP FUNCTION IF EXISTS note',
  )
  await database.query(schemaSql(tables))
  await installTables(database, yaml)
  const hubs = new Hubs()
  await hubs.start()
  await hubs.start()
  const desks = [1, 2, 3].map(() => new OracleDesk(tables, random, hubs.urls))
  onTestFinished(async () => {
    await Promise.all(desks.map(desk => desk.close()))
  })
  return { tables, hubs, desks, random }
}

/** Writers write, and meanwhile everything between them and the desks breaks and comes back. */
async function play({ tables, hubs, desks, random }: Stage): Promise<number> {
  let isWriting = true
  const writers = Promise.all(
    [1, 2, 3].map(() =>
      writeTransactions(database.url, tables, { random: createRandom(random(2 ** 31)), transactions }),
    ),
  ).finally(() => {
    isWriting = false
  })
  const seen = () => desks.reduce((sum, { sightings }) => sum + sightings.length, 0)
  while (isWriting) {
    const goal = seen() + 50 + random(600)
    await waitFor(() => !isWriting || seen() > goal, { timeoutMs: loadTimeoutMs })
    const desk = desks[random(desks.length)] as OracleDesk
    const kind = random(6)
    if (kind === 0) await hubs.replaceFirst()
    else if (kind === 1) await desk.restart()
    else desk.cut()
  }
  return (await writers).reduce((sum, count) => sum + count, 0)
}

/** Waits until the desks show what the database has. @returns what they never came to show */
async function rest({ desks }: Stage): Promise<void> {
  for (const desk of desks) {
    for (const [index, spec] of desk.specs.entries()) {
      const { table, where, order, options } = spec
      const limit = options.limit === undefined ? '' : `LIMIT ${options.limit}`
      const columns = spec.columns.map(({ name }) => name).join(', ')
      const { rows } = await database.query<{ row: Record<string, unknown> }>(
        `SELECT to_jsonb(s) AS row FROM (SELECT ${columns} FROM ${table.name} WHERE ${where} ORDER BY ${order} ${limit}) s`,
      )
      const expected = rows.map(({ row }) => canonical(row, spec))
      await waitFor(() => {
        const live = desk.tables[index]
        expect(live?.state).toBe('live')
        expect(live?.rows.map(row => canonical(row, spec))).toEqual(expected)
        return true
      })
    }
  }
}

test.each(Array.from({ length: seedCount }, (_, index) => ({ seed: firstSeed + index })))(
  'every live table is at every checkpoint what SQL returns there, whatever breaks (seed $seed)',
  { timeout: loadTimeoutMs },
  async ({ seed }) => {
    console.info(
      `again: RTBRIDGE_TEST_SEED=${seed} RTBRIDGE_TEST_CHANGES=${transactions} npx vitest run test/e2e/live-tables-oracle`,
    )
    const stage = await setStage(seed)
    const committed = await play(stage)
    await rest(stage)
    const sightings = stage.desks.flatMap(desk => desk.sightings)
    console.info(`${committed} transactions, ${sightings.length} states of live tables compared with SQL`)
    expect(await judgeSightings(database, stage.tables, sightings)).toEqual([])
    expect(stage.desks.flatMap(({ problems }) => problems)).toEqual([])
    expect(sightings.length).toBeGreaterThan(transactions)
  },
)

test('the comparison finds rows that a client did not see leave', { timeout: loadTimeoutMs }, async () => {
  // Of others, whose tables hardly lose a row that is shown, there may be nothing to find.
  const seed = 1
  const stage = await setStage(seed)
  for (const desk of stage.desks) desk.losesRemovals = true
  await writeTransactions(database.url, stage.tables, { random: createRandom(seed), transactions: 60 })
  const isTold = () => stage.desks.every(({ cutFrames, sightings }) => cutFrames > 0 && sightings.length > 50)
  await waitFor(isTold)
  const sightings = stage.desks.flatMap(desk => desk.sightings)
  expect(await judgeSightings(database, stage.tables, sightings)).not.toEqual([])
})
