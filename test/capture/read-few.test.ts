import { expect, onTestFinished, test } from 'vitest'
import { fewRows } from '../../src/capture/piece-size.ts'
import { readJournal } from '../../src/capture/read-journal.ts'
import type { Place } from '../../src/capture/read-piece.ts'
import { TableRegistry } from '../../src/capture/table-registry.ts'
import { openConnection } from '../../src/database/connection.ts'
import { parseSnapshot } from '../../src/domain/snapshot.ts'
import { adminOptions, openTestCapture } from '../support/capture-fixture.ts'
import { createCounterTable, describeChange } from '../support/counter-table.ts'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { openClient } from '../support/open-client.ts'

describeEachMajor('a look that expects little', async (database, major) => {
  await createCounterTable(database.url)

  /** A session that reads, and everything it has read since it was opened. */
  async function openReader() {
    const session = await openConnection(adminOptions(database.url), 'reader', { keepsPlans: true })
    onTestFinished(() => session.close())
    const [now] = await session.query(
      `SELECT pg_current_snapshot()::text AS snapshot, 'rtbridge.journal'::regclass::oid::text AS journal_oid`,
    )
    const registry = new TableRegistry()
    await registry.load(session.query)
    let place: Place = { snapshot: parseSnapshot(now?.['snapshot'] ?? ''), inBatch: null }
    const options = {
      session,
      registry,
      journalOid: now?.['journal_oid'] ?? '',
      query: session.query,
      flushWal: null,
      bigRows: 10_000,
      expectsFew: true,
      lookEveryMs: 50,
    }
    return {
      /** The rows that one more read finds, by their ids. */
      async read(): Promise<number[]> {
        const ids: number[] = []
        for await (const piece of readJournal(place, options)) {
          ids.push(...piece.changes.map(({ newRow }) => JSON.parse(newRow ?? '{}').id as number))
          place = piece.place
        }
        return ids
      },
    }
  }

  test.each([0, 1, fewRows - 1, fewRows, fewRows + 1, 3 * fewRows])(
    `finds %i rows of transactions that began before it and after, once and in their order (${major})`,
    async count => {
      await database.query('TRUNCATE counter')
      const [one, another] = [await openClient(database.url), await openClient(database.url)]
      for (const writer of [one, another]) await writer.query('BEGIN; SELECT pg_current_xact_id()')
      const { read } = await openReader()
      for (let id = 0; id < count; id++) {
        // A third of them of a transaction of its own, which the place has not heard of.
        const insert = `INSERT INTO counter VALUES (${id}, 0)`
        if (id % 3 === 0) await database.query(insert)
        else await (id % 3 === 1 ? one : another).query(insert)
      }
      for (const writer of [one, another]) await writer.query('COMMIT')
      expect(await read()).toEqual(Array.from({ length: count }, (_, id) => id))
      expect(await read()).toEqual([])
    },
  )

  test(`goes on where nothing says what is kept (${major})`, async () => {
    const { received, starts } = await openTestCapture(database.url)
    await database.query('BEGIN; DELETE FROM rtbridge.retention; COMMIT')
    onTestFinished(async () => {
      await database.query('INSERT INTO rtbridge.retention DEFAULT VALUES')
    })
    await database.query('INSERT INTO counter VALUES (-1, 0)')
    expect((await received(1)).map(describeChange)).toEqual(['INSERT -1=0'])
    expect(starts).toHaveLength(1)
  })
})
