import { expect, test } from 'vitest'
import { install, uninstallAll } from '../install/install-fixture.ts'
import { openTestCapture } from '../support/capture-fixture.ts'
import { describeEachMajor } from '../support/describe-each-major.ts'

/** Names that something in between could misread. None is longer than PostgreSQL's 63 bytes. */
const zoo = [
  'Mixed Case',
  'with"quote',
  `with'apostrophe`,
  'with.dot',
  'with\\backslash',
  `both\\and'`,
  '$1',
  '$$',
  '$function$',
  '%I %L %s %%',
  '?',
  ':name',
  'select',
  'old',
  'new',
  'user',
  'tg_argv',
  'الحجوزات',
  '👋🏽 seats',
  'é',
  'e\u0301',
  ' leading and trailing ',
  'tab\there',
  'line\nbreak',
  'comma,brace{}',
  '{}',
  'NULL',
  '1starts_with_digit',
  '*',
  '--comment',
  '/*',
  ';DROP TABLE x',
  '\u202egnp.exe',
  '"',
  '\\',
  'x'.repeat(63),
  `${'x'.repeat(62)}y`,
  'ع'.repeat(31),
]

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`

describeEachMajor('names', async database => {
  // Every name once as schema, table, key, plain and excluded column.
  const tables = zoo.map((name, index) => {
    const other = zoo[(index + 1) % zoo.length] ?? ''
    const third = zoo[(index + 2) % zoo.length] ?? ''
    return { schema: name, table: other, key: name, plain: other, excluded: third }
  })
  for (const { schema, table, key, plain, excluded } of tables) {
    await database.query(`
      CREATE SCHEMA ${quote(schema)};
      CREATE TABLE ${quote(schema)}.${quote(table)} (
        ${quote(plain)} text, ${quote(key)} text PRIMARY KEY, ${quote(excluded)} text
      )`)
  }
  const choice = Object.fromEntries(
    tables.map(({ schema, table, excluded }) => [
      `${quote(schema)}.${quote(table)}`,
      { exclude: [excluded], maxRowBytes: 512 },
    ]),
  )

  test('of any kind can be installed, once', async () => {
    const plan = await install(database.url, choice)
    expect(plan.steps).toHaveLength(tables.length)
    expect((await install(database.url, choice)).steps).toEqual([])
  })

  test('of any kind are captured, excluded, shortened and delivered as they are', async () => {
    const capture = await openTestCapture(database.url)
    let expected = 0
    for (const { schema, table, key, plain, excluded } of tables) {
      const name = `${quote(schema)}.${quote(table)}`
      const columns = [key, plain, excluded].map(quote)
      await database.query(`INSERT INTO ${name} (${columns}) VALUES ('k', 'p', 'secret')`)
      await database.query(`UPDATE ${name} SET ${quote(excluded)} = 'secret too'`)
      await database.query(`UPDATE ${name} SET ${quote(plain)} = repeat('long', 200)`)
      await database.query(`TRUNCATE ${name}`)
      expected += 3
      const changes = (await capture.received(expected)).slice(-3)
      expect(changes.map(change => change.table)).toEqual(
        Array(3).fill(expect.objectContaining({ schema, name: table, keyColumns: [key] })),
      )
      expect(changes.map(({ newRow }) => newRow && JSON.parse(newRow))).toEqual([
        { [key]: 'k', [plain]: 'p' },
        { [key]: 'k' },
        null,
      ])
      expect(changes.map(({ truncated }) => truncated)).toEqual([false, true, false])
    }
  })

  test('that are equal up to the 62nd byte stay apart', async () => {
    const { rows } = await database.query(
      `SELECT DISTINCT table_name FROM rtbridge.captured_table WHERE table_name LIKE 'xxxxx%'`,
    )
    expect(rows).toHaveLength(2)
  })

  test('of any kind can be released', async () => {
    await uninstallAll(database.url)
    const { rows } = await database.query(`SELECT tgname FROM pg_trigger WHERE NOT tgisinternal`)
    expect(rows).toEqual([])
  })
})
