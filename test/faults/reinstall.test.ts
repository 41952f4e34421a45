import { expect, test } from 'vitest'
import { install, uninstallAll } from '../install/install-fixture.ts'
import { openTestCapture } from '../support/capture-fixture.ts'
import { describeChange } from '../support/counter-table.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const database = await createTestDatabase()
await database.query(
  'CREATE TABLE apple (id int PRIMARY KEY, n int); CREATE TABLE pear (id int PRIMARY KEY, n int)',
)

test('a hub that slept while the journal was removed and made anew tells of the gap, and confuses no tables', async () => {
  await install(database.url, { apple: {} })
  const { starts, changes, received, capture } = await openTestCapture(database.url, { safetyReadMs: 60_000 })
  await database.query('INSERT INTO apple VALUES (1, 1)')
  await received(1)
  await waitFor(() => capture.counters.sentinel && capture.hears)
  await uninstallAll(database.url)
  await install(database.url, { pear: {} })
  await database.query('INSERT INTO pear VALUES (2, 2)')
  await waitFor(() => starts.length === 2 || changes.length === 2)
  expect(starts.map(({ gap }) => gap)).toEqual([null, 'incarnation'])
  await database.query('INSERT INTO pear VALUES (3, 3)')
  await received(2)
  expect(changes.map(change => [change.table.name, describeChange(change)])).toEqual([
    ['apple', 'INSERT 1=1'],
    ['pear', 'INSERT 3=3'],
  ])
})
