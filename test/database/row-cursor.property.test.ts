import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { openConnection } from '../../src/database/connection.ts'
import type { RowStream } from '../../src/database/row-stream.ts'
import { adminOptions } from '../support/capture-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'

const database = await createTestDatabase()

/** Counts to $1 and fails on the way at $2. */
const counting =
  'SELECT i, $3::text AS said FROM generate_series(1, $1::int) i WHERE 1 / ($2::int - i) IS NOT NULL'

interface Use {
  readonly rows: number
  /** The row at which the statement fails; beyond `rows` it does not. */
  readonly bad: number
  readonly sql: string
  readonly reads: readonly number[]
  /** Weight at which a read ends early, characters. */
  readonly bytes: number | undefined
  /** The last read is under way when the stream is closed. */
  readonly closesEarly: boolean
  /** Another session cancels whatever runs, at each read. */
  readonly cancels: boolean
}

const use: fc.Arbitrary<Use> = fc.record({
  rows: fc.integer({ min: 0, max: 12 }),
  bad: fc.integer({ min: -1, max: 15 }),
  sql: fc.constantFrom(counting, `${counting} AND $3 <> 'nobody'`),
  bytes: fc.constantFrom(undefined, 1, 4),
  reads: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 5 }),
  closesEarly: fc.boolean(),
  cancels: fc.boolean(),
})

/** What the reads of a use gave before the first that failed, and whether one did. */
async function collect(stream: RowStream, { reads, bytes, closesEarly }: Use, before: () => void) {
  const got: unknown[] = []
  let hasFailed = false
  const read = async (count: number) => {
    if (!hasFailed) before()
    await stream.read(count, bytes).then(
      rows => got.push(...rows.map(({ i }) => i)),
      () => {
        hasFailed = true
      },
    )
  }
  const last = closesEarly ? reads.at(-1) : undefined
  for (const count of last === undefined ? reads : reads.slice(0, -1)) await read(count)
  await Promise.all([last === undefined ? null : read(last), stream.close()])
  return { got, hasFailed }
}

test('a statement gives every row once and in order, whole or in pieces, fails only where it must, and frees the session however it ends', async () => {
  const session = await openConnection(adminOptions(database.url), 'reader', { keepsPlans: true })
  onTestFinished(() => session.close())
  const cancel = async () => {
    await database.query('SELECT pg_cancel_backend($1)', [session.pid])
  }
  const uses = fc.array(use, { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(uses, async list => {
      for (const each of list) {
        const { rows, bad, sql, reads, bytes, cancels } = each
        const values = [String(rows), String(bad), 'x']
        const whole = await session.query(sql, values).catch(() => null)
        const numbers = Array.from({ length: rows }, (_, at) => ({ i: String(at + 1), said: 'x' }))
        expect(whole).toEqual(bad >= 1 && bad <= rows ? null : numbers)
        const cancelled: Promise<void>[] = []
        const stream = session.stream(sql, values)
        const { got, hasFailed } = await collect(stream, each, () => cancels && cancelled.push(cancel()))
        await Promise.all(cancelled)
        const asked = reads.reduce((sum, count) => sum + count, 0)
        expect(got).toEqual(got.map((_, at) => String(at + 1)))
        if (!hasFailed && bytes === undefined) expect(got).toHaveLength(Math.min(asked, rows))
        else if (!hasFailed) expect(got.length).toBeLessThanOrEqual(Math.min(asked, rows))
        else if (!cancels) expect(bad >= 1 && bad <= rows).toBe(true)
        if (cancels) await session.query('SELECT 1').catch(() => {})
        expect(await session.query('SELECT $1::int AS one', ['1'])).toEqual([{ one: '1' }])
      }
    }),
    { numRuns: 60 },
  )
})
