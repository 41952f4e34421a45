import { expect, test } from 'vitest'
import { fewBytes, fewRows, pieceBytes, pieceRows } from '../../src/capture/piece-size.ts'
import { openTestCapture } from '../support/capture-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const database = await createTestDatabase()
await database.query(`
  CREATE TABLE scans (id int PRIMARY KEY, image text);
  SELECT rtbridge.capture_table('scans', '{id}')`)

const [light, heavy, heavyBytes] = [3_000, 40, 300_000]
/** Of what is read, but is no part of the rows: keys, times. */
const around = 500

test.each([
  ['at once', 10_000],
  ['in slices', 1_000],
])(
  'rows of one transaction that are heavy after many light ones are read %s in pieces of a megabyte',
  async (_, bigRows) => {
    await database.query('DELETE FROM scans')
    const pieces: { readonly rows: number; readonly bytes: number }[] = []
    const { capture } = await openTestCapture(database.url, {
      bigRows,
      onBatch: ({ changes }) => {
        const bytes = changes.reduce((sum, { newRow }) => sum + (newRow?.length ?? 0), 0)
        pieces.push({ rows: changes.length, bytes })
      },
    })
    await database.query(`
    INSERT INTO scans
    SELECT i, repeat('x', CASE WHEN i <= ${light} THEN 1 ELSE ${heavyBytes} END) FROM generate_series(1, ${light + heavy}) i`)
    await waitFor(() => pieces.reduce((sum, { rows }) => sum + rows, 0) === light + heavy)
    await capture.close()
    // A row that makes a piece full, and what was on its way behind it, come with it.
    const most = pieceBytes + 2 * (heavyBytes + around)
    expect(pieces.filter(({ rows, bytes }) => rows > pieceRows || bytes > most)).toEqual([])
    expect(pieces.reduce((sum, { bytes }) => sum + bytes, 0)).toBeGreaterThan(heavy * heavyBytes)
  },
)

test('rows that a look finds are not kept where they weigh too much, however few they are', async () => {
  await database.query('DELETE FROM scans')
  let heaviest = 0
  const ids: number[] = []
  const { capture } = await openTestCapture(database.url, {
    onBatch: ({ changes }) => {
      heaviest = Math.max(
        heaviest,
        changes.reduce((sum, { newRow }) => sum + (newRow?.length ?? 0), 0),
      )
      ids.push(...changes.map(({ newRow }) => JSON.parse(newRow ?? '{}').id as number))
    },
  })
  await waitFor(() => capture.counters.emptyReads > 0)
  const count = fewRows - 1
  await database.query(
    `INSERT INTO scans SELECT i, repeat('x', ${heavyBytes}) FROM generate_series(1, ${count}) i`,
  )
  await waitFor(() => ids.length >= count)
  expect(ids).toEqual(Array.from({ length: count }, (_, i) => i + 1))
  expect(heaviest).toBeLessThan(fewBytes)
})
