import { expect, test } from 'vitest'
import { describeEachMajor } from './describe-each-major.ts'
import { createTestDatabase } from './test-database.ts'

const first = await createTestDatabase()
const second = await createTestDatabase()

test('gives each caller a database of its own', async () => {
  await first.query('CREATE TABLE only_here (id int)')
  const { rows } = await second.query(`SELECT to_regclass('only_here') AS found`)
  expect(rows).toEqual([{ found: null }])
})

describeEachMajor('a database of the matrix', (database, major) => {
  test('is on a server of the version it says', async () => {
    const { rows } = await database.query<{ version: number }>(
      `SELECT current_setting('server_version_num')::int / 10000 AS version`,
    )
    expect(rows).toEqual([{ version: major }])
  })
})
