import { expect, test } from 'vitest'
import { openTestCapture } from '../support/capture-fixture.ts'
import { createCounterTable, describeChange } from '../support/counter-table.ts'
import { openOwnDatabase } from '../support/open-own-database.ts'
import { pruneAll } from '../support/prune-all.ts'
import { waitFor } from '../support/wait-for.ts'

const database = await openOwnDatabase()
await createCounterTable(database.url)

test('says so when the journal was pruned past it while its receiver was slow, and reads on from there', async () => {
  const delivered: string[] = []
  let release: () => void = () => {}
  const { starts, states } = await openTestCapture(database.url, {
    onBatch: async ({ changes }) => {
      delivered.push(...changes.map(describeChange))
      if (changes.length > 0) await new Promise<void>(resolve => (release = resolve))
    },
  })
  await database.query('INSERT INTO counter VALUES (1, 0)')
  await waitFor(() => delivered.length === 1)
  await database.query('INSERT INTO counter VALUES (2, 0)')
  await pruneAll(database)
  await database.query('UPDATE rtbridge.retention SET keep = DEFAULT')
  release()
  await waitFor(() => starts.length === 2)
  expect(starts[1]?.gap).toBe('retention')
  await database.query('INSERT INTO counter VALUES (3, 0)')
  await waitFor(() => delivered.length === 2)
  release()
  expect(delivered).toEqual(['INSERT 1=0', 'INSERT 3=0'])
  expect(new Set(states)).toEqual(new Set(['live']))
})

test('notices no gap while what is pruned has been read', async () => {
  const { starts, received } = await openTestCapture(database.url)
  await database.query(`UPDATE rtbridge.retention SET keep = '0 seconds'`)
  for (let i = 10; i < 200; i++) {
    await database.query('INSERT INTO counter VALUES ($1, 0)', [i])
    if (i % 5 === 0) await received(i - 9)
    if (i % 10 === 0) await database.query('SELECT rtbridge.prune(1000)')
  }
  await received(190)
  await database.query('UPDATE rtbridge.retention SET keep = DEFAULT')
  expect(starts).toHaveLength(1)
})
