import { expect, test } from 'vitest'
import type { ChangeBatch } from '../../src/capture/journal-reader.ts'
import { formatCursor } from '../../src/domain/cursor.ts'
import { terminateBackends } from '../support/backends.ts'
import { openTestCapture } from '../support/capture-fixture.ts'
import { createCounterTable } from '../support/counter-table.ts'
import type { OwnDatabase } from '../support/open-own-database.ts'
import { pruneAll } from '../support/prune-all.ts'
import { waitFor } from '../support/wait-for.ts'
import { describeOwnServer } from './describe-own-server.ts'

const bigRows = 300
const rows = 3_000

// Pruning waits for the oldest transaction in progress, which elsewhere may be another test's.
describeOwnServer('a big transaction', database => {
  const begin = async () => {
    for (const name of ['counter', 'left_counter', 'right_counter'])
      await createCounterTable(database.url, name)
    await database.query('INSERT INTO left_counter VALUES (1, 0)')
    await database.query('INSERT INTO right_counter VALUES (1, 0)')
  }
  const writeBig = () => database.query(`INSERT INTO counter SELECT i, 0 FROM generate_series(1, ${rows}) i`)

  test(`is passed by what has no table in common with it, directly or through others that wait`, async () => {
    await begin()
    const { batches } = await openWatched(database, async () => {
      await database.query(
        'BEGIN; UPDATE counter SET n = 1 WHERE id = 9; UPDATE left_counter SET n = 1; COMMIT',
      )
      await database.query('UPDATE left_counter SET n = 2')
      await database.query('UPDATE right_counter SET n = 3')
    })
    await writeBig()
    const came = () => batches.flatMap(({ changes }) => changes.map(describe))
    await waitFor(() => came().includes('left_counter 1=2'))
    const order = came()
    const end = order.lastIndexOf('counter 3000=0')
    const places = ['right_counter 1=3', 'counter 9=1', 'left_counter 1=1', 'left_counter 1=2'].map(change =>
      order.indexOf(change),
    )
    expect(places[0]).toBeLessThan(end)
    expect(places.slice(1)).toEqual(places.slice(1).toSorted((a, b) => a - b))
    expect(places[1]).toBeGreaterThan(end)
    expect(order).toHaveLength(new Set(order).size)
    // No checkpoint before everything that was seen has come.
    const checkpoints = batches.filter(({ cursor }) => cursor.inBatch === null)
    const wholeBefore = checkpoints.map(({ changes }) => changes.map(describe))
    expect(wholeBefore.find(changes => changes.length > 0)).toContain('left_counter 1=2')
  })

  test(`goes on where it was when the connections break in the middle, with nothing twice`, async () => {
    await begin()
    const { batches, states } = await openWatched(database, async () => {
      await database.query('UPDATE right_counter SET n = 1')
      await terminateBackends(database, ['reader'])
    })
    await writeBig()
    await waitFor(() => batches.at(-1)?.cursor.inBatch === null && states.includes('RTB_DATABASE_LOST'))
    await waitFor(() => batches.flatMap(({ changes }) => changes).length >= rows + 1)
    const came = batches.flatMap(({ changes }) => changes.map(describe))
    expect(came.toSorted()).toEqual([...new Set(came)].toSorted())
    expect(came).toHaveLength(rows + 1)
    expect(new Set(batches.map(({ cursor }) => formatCursor(cursor))).size).toBe(batches.length)
  })

  test(`keeps its checkpoint for who waits, even when more have to wait after a broken connection than can be named`, async () => {
    await begin()
    const { batches, states } = await openWatched(
      database,
      async () => {
        await database.query('UPDATE counter SET n = 1 WHERE id = 9')
        await database.query('UPDATE right_counter SET n = 1')
      },
      async changes => {
        if (!changes.includes('right_counter 1=1')) return
        await database.query(`DO $$ BEGIN FOR i IN 1 .. 1100 LOOP
          UPDATE counter SET n = 2 WHERE id = i; COMMIT; END LOOP; END $$`)
        await terminateBackends(database, ['reader'])
      },
    )
    await writeBig()
    const came = () => batches.flatMap(({ changes }) => changes.map(describe))
    await waitFor(() => came().includes('counter 1100=2') && states.includes('RTB_DATABASE_LOST'))
    const order = came()
    expect(order).toHaveLength(rows + 1 + 1 + 1100)
    const first = batches.findIndex(({ cursor }) => cursor.inBatch === null)
    const before = batches.slice(0, first + 1).flatMap(({ changes }) => changes.map(describe))
    expect(before).toContain('right_counter 1=1')
    expect(before).toContain('counter 9=1')
  })

  test(`that is pruned while it is read is delivered whole`, async () => {
    await begin()
    const { batches, starts } = await openWatched(database, async () => {
      await pruneAll(database)
      await database.query('UPDATE rtbridge.retention SET keep = DEFAULT')
    })
    await writeBig()
    await waitFor(() => batches.some(({ cursor, changes }) => cursor.inBatch === null && changes.length > 0))
    expect(batches.flatMap(({ changes }) => changes)).toHaveLength(rows)
    expect(starts.map(({ gap }) => gap)).toEqual([null])
  })
})

/**
 * A capture for which 300 changes are many; `meanwhile` is done once, when the first piece of a big batch has come, `then`
 * with what each batch brings.
 */
async function openWatched(
  database: OwnDatabase,
  meanwhile: () => Promise<unknown>,
  then: (changes: readonly string[]) => Promise<unknown> = async () => {},
) {
  const batches: ChangeBatch[] = []
  let begun = false
  const capture = await openTestCapture(database.url, {
    bigRows,
    safetyReadMs: 60_000,
    onBatch: async batch => {
      if (batch.changes.length > 0) batches.push(batch)
      await then(batch.changes.map(describe))
      if (begun || batch.cursor.inBatch === null || batch.changes.length === 0) return
      begun = true
      await meanwhile()
    },
  })
  return { ...capture, batches }
}

function describe({ table, newRow }: ChangeBatch['changes'][number]): string {
  const { id, n } = JSON.parse(newRow ?? '{}') as { id: number; n: number }
  return `${table.name} ${id}=${n}`
}
