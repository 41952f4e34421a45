import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { openTestCapture } from '../support/capture-fixture.ts'
import { createCounterTable, describeChange } from '../support/counter-table.ts'
import { openClient } from '../support/open-client.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const database = await createTestDatabase()
await createCounterTable(database.url)

const rows = 100_000

test('a transaction open while 100,000 changes pass delays none of them and comes at its commit', async () => {
  const late = await openClient(database.url)
  const { received, changes } = await openTestCapture(database.url)
  await late.query('BEGIN')
  await late.query('INSERT INTO counter VALUES (0, 1)')
  for (let from = 1; from <= rows; from += 10_000) {
    await database.query('INSERT INTO counter SELECT i, 1 FROM generate_series($1::int, $1 + 9999) i', [from])
  }
  await received(rows)
  expect(changes.some(change => describeChange(change) === 'INSERT 0=1')).toBe(false)
  await late.query('UPDATE counter SET n = 2 WHERE id = 0')
  await late.query('COMMIT')
  await received(rows + 2)
  expect(changes.slice(rows).map(describeChange)).toEqual(['INSERT 0=1', 'UPDATE 0=2'])
  expect(new Set(changes.map(({ seq }) => seq)).size).toBe(rows + 2)
})

test('a batch of 100,000 rows comes in pieces, with a position after each and one checkpoint at the end', async () => {
  const batches: { rows: number; seq: bigint | null }[] = []
  await openTestCapture(database.url, {
    onBatch: ({ changes, cursor }) => {
      if (changes.length > 0) batches.push({ rows: changes.length, seq: cursor.inBatch?.seq ?? null })
    },
  })
  await database.query('UPDATE counter SET n = n + 1')
  const total = () => batches.reduce((sum, batch) => sum + batch.rows, 0)
  await waitFor(() => total() === rows + 1)
  expect(batches.length).toBeGreaterThan(40)
  expect(Math.max(...batches.map(batch => batch.rows))).toBeLessThanOrEqual(2_000)
  expect(batches.map(batch => batch.seq === null)).toEqual(batches.map((_, i) => i === batches.length - 1))
  const seqs = batches.flatMap(batch => batch.seq ?? [])
  expect(seqs.every((seq, i) => i === 0 || seq > (seqs[i - 1] ?? 0n))).toBe(true)
})

test('wide rows come in small pieces', async () => {
  const sizes: number[] = []
  await database.query('CREATE TABLE wide (id int PRIMARY KEY, text text)')
  await database.query(`SELECT rtbridge.capture_table('wide', '{id}')`)
  await openTestCapture(database.url, {
    onBatch: ({ changes }) => {
      if (changes.length > 0) sizes.push(changes.reduce((sum, { newRow }) => sum + (newRow?.length ?? 0), 0))
    },
  })
  await database.query(`INSERT INTO wide SELECT i, repeat('x', 100_000) FROM generate_series(1, 500) i`)
  await waitFor(() => sizes.reduce((sum, size) => sum + size, 0) > 500 * 100_000)
  expect(Math.max(...sizes)).toBeLessThan(128 * 101_000)
  expect(sizes.slice(1).every(size => size < 1_200_000)).toBe(true)
})

test('memory does not grow with the batch', async () => {
  const used: number[] = []
  let count = 0
  await openTestCapture(database.url, {
    onBatch: ({ changes }) => {
      const before = count
      count += changes.length
      // Collecting takes its time: once in 30,000 rows is enough.
      if (Math.floor(count / 30_000) > Math.floor(before / 30_000)) used.push(measureHeap())
    },
  })
  await database.query('INSERT INTO counter SELECT i, 1 FROM generate_series(1000001, 1150000) i')
  await waitFor(() => count >= 150_000)
  expect(used).toHaveLength(5)
  // A hundred bytes that a row left behind would make 12 MB between the first and the last.
  expect((used.at(-1) ?? 0) - (used[0] ?? 0)).toBeLessThan(8_000_000)
})

/** Bytes in use after everything unreachable is gone. */
function measureHeap(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}
