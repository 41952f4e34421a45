import fc from 'fast-check'
import { expect, test } from 'vitest'
import { identifyHistory } from '../../src/capture/incarnation.ts'
import { openConnection } from '../../src/database/connection.ts'
import type { TableRow } from '../../src/domain/table-rows.ts'
import { compileExpression, type Expression } from '../../src/expressions/compile-expression.ts'
import { readRow } from '../../src/expressions/row.ts'
import { adminOptions } from '../support/capture-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { allRows, openTables } from './open-tables.ts'

const database = await createTestDatabase()
await database.query(`
  CREATE TYPE mood AS ENUM ('sad', 'ok');
  CREATE DOMAIN label AS text;
  CREATE TABLE zoo (id int PRIMARY KEY, small smallint, big bigint, amount numeric, scaled numeric(12, 2), ratio float8, flag boolean,
    name text, short varchar(8), fixed char(4), tag label, code uuid, day date, moment timestamptz, doc jsonb, list int[], feeling mood);
  SELECT rtbridge.capture_table('zoo', '{id}');
`)
const session = await openConnection(adminOptions(database.url), 'test')
await identifyHistory(session)
await session.close()

const texts = [
  '',
  'A',
  'a',
  'B',
  'ab',
  'OPEN',
  'open ',
  'سيارة',
  'é',
  '😀',
  '😁',
  "o'k",
  '"',
  '\\',
  '%',
  '1',
  'true',
  '\u{fffd}',
]
const integers = [
  '0',
  '1',
  '-1',
  '2',
  '10',
  '32767',
  '9007199254740991',
  '9007199254740993',
  '9223372036854775807',
]
const numbers = [
  ...integers,
  '1.0',
  '10.00',
  '0.1',
  '10.5',
  '-0.1',
  '1e-400',
  '1e400',
  '1e20',
  '0.30000000000000004',
]
const codes = [
  '01234567-89ab-cdef-0123-456789abcdef',
  '01234567-89AB-CDEF-0123-456789ABCDEF',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
]
const days = ['2026-01-02', '2026-02-28', '0001-01-01']

const valuesOf: Readonly<Record<string, readonly string[]>> = {
  small: integers.slice(0, 6),
  big: integers,
  amount: [...numbers, 'NaN'],
  scaled: ['0', '1.0', '10.50', '0.1', '-1'],
  ratio: ['0', '1', '0.1', 'NaN', 'Infinity', '1e300', '10.5'],
  flag: ['true', 'false'],
  name: texts,
  short: texts,
  fixed: ['', 'A', 'a', 'ab'],
  tag: texts,
  code: codes,
  day: [...days, 'infinity', '0044-03-15 BC'],
  moment: ['2026-01-02 03:04:05+00', '-infinity'],
  doc: ['null', '1', '"A"', '{"a": 1}', 'true', '[1]'],
  list: ['{}', '{1,2}'],
  feeling: ['sad', 'ok'],
}
const columns = Object.keys(valuesOf)

const row = fc.record(
  Object.fromEntries(
    columns.map(column => [column, fc.option(fc.constantFrom(...(valuesOf[column] ?? [])), { freq: 4 })]),
  ),
)

const celText = (text: string) => JSON.stringify(text)
const literal = fc.oneof(
  fc.constantFrom(...texts, ...codes, ...days, '2026-02-30', 'sad', '\ud83d', 'a\0').map(celText),
  fc.constantFrom(...integers, '-9223372036854775807', '-32768'),
  fc.constantFrom('1.0', '0.1', '10.5', '-0.1', '1e20', '1e300', '0.0', '9007199254740993.0'),
  fc.constantFrom('true', 'false', 'null'),
)
const anyColumn = fc.constantFrom(...columns, 'id', 'missing').map(column => `new.${column}`)
const leaf = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(anyColumn, fc.constantFrom('==', '!=', '<', '<=', '>', '>='), literal)
      .map(parts => parts.join(' ')),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(literal, fc.constantFrom('==', '<', '>='), anyColumn).map(parts => parts.join(' ')),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(anyColumn, fc.array(literal, { maxLength: 3 }))
      .map(([column, list]) => `${column} in [${list.join(', ')}]`),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom('name', 'short', 'tag', 'fixed', 'doc', 'big'),
        fc.constantFrom(...texts, '\ud83d'),
      )
      .map(([column, text]) => `new.${column}.startsWith(${celText(text)})`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'new.flag',
      '!new.flag',
      'new.doc',
      'size(new.name) > 1',
      'new["name"] == "A"',
    ),
  },
)
const { condition } = fc.letrec<{ condition: string }>(tie => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc
      .tuple(tie('condition'), fc.constantFrom('&&', '||'), tie('condition'))
      .map(([a, op, b]) => `(${a} ${op} ${b})`),
    tie('condition').map(inner => `!(${inner})`),
  ),
}))

async function fill(rows: readonly Readonly<Record<string, string | null>>[]): Promise<void> {
  await database.query('TRUNCATE zoo')
  const records = rows.map((each, index) => ({
    id: index,
    ...each,
    doc: each['doc'] == null ? null : JSON.parse(each['doc']),
  }))
  // As texts: JSON has no number for each of these.
  const list = ['id', ...columns].map(column => (column === 'doc' ? 'r.doc' : `r.${column}`)).join(', ')
  await database.query(
    `INSERT INTO zoo (id, ${columns.join(', ')}) SELECT ${list} FROM jsonb_populate_recordset(NULL::zoo, $1::jsonb) r`,
    [JSON.stringify(records)],
  )
}

function compiled(source: string): Expression | null {
  try {
    return compileExpression(source, { variables: ['old', 'new', 'op', 'table', 'origin'] })
  } catch {
    return null
  }
}

function taken(rows: readonly TableRow[], expression: Expression): string[] {
  const scope = { old: null, op: 'INSERT', table: 'zoo', origin: null }
  const holds = ({ text }: TableRow) => {
    try {
      return expression.test({ ...scope, new: readRow(text) })
    } catch {
      return false
    }
  }
  return rows
    .filter(holds)
    .map(({ text }) => text)
    .sort()
}

test('what SQL leaves out beforehand is never a row that the condition takes', async () => {
  const { read } = openTables(database.url)
  const pushed = { some: 0, fewer: 0 }
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 5, maxLength: 25 }),
      fc.array(condition, { minLength: 20, maxLength: 20 }),
      async (rows, sources) => {
        await fill(rows)
        const all = await read(allRows('zoo'))
        expect(all.length).toBe(rows.length)
        for (const source of sources) {
          const expression = compiled(source)
          if (expression === null || expression.implies === null) continue
          const some = await read(allRows('zoo', { where: expression.implies }))
          pushed.some++
          if (some.length < all.length) pushed.fewer++
          expect({ source, ids: taken(some, expression) }).toEqual({ source, ids: taken(all, expression) })
        }
      },
    ),
    { numRuns: 25 },
  )
  // Else it would test nothing.
  expect(pushed.some).toBeGreaterThan(50)
  expect(pushed.fewer).toBeGreaterThan(20)
})

test('where a condition means in SQL what it means in CEL, it takes the rows that SQL takes', async () => {
  const { read } = openTables(database.url)
  const operators = fc.constantFrom(['==', '='], ['<', '<'], ['<=', '<='], ['>', '>'], ['>=', '>='])
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
  const plain = texts.filter(text => /^[ -~]*$/.test(text))
  const pair = fc.oneof(
    fc
      .tuple(fc.constantFrom('name', 'short', 'tag'), operators, fc.constantFrom(...plain))
      .map(([column, [cel, sql], text]) => [
        `new.${column} ${cel} ${celText(text)}`,
        `${column} COLLATE "C" ${sql} ${quoted(text)}`,
      ]),
    fc
      .tuple(fc.constantFrom('small', 'big', 'id'), operators, fc.constantFrom(...integers))
      .map(([column, [cel, sql], number]) => [
        `new.${column} ${cel} ${number}`,
        `${column} ${sql} ${number}`,
      ]),
    fc
      .tuple(fc.constantFrom('name', 'tag'), fc.constantFrom(...texts))
      .map(([column, text]) => [
        `new.${column}.startsWith(${celText(text)})`,
        `starts_with(${column}, ${quoted(text)})`,
      ]),
    fc
      .subarray(texts, { minLength: 1 })
      .map(list => [
        `new.name in [${list.map(celText).join(', ')}]`,
        `name IN (${list.map(quoted).join(', ')})`,
      ]),
    fc.constantFrom(
      ['new.flag', 'flag'],
      ['!new.flag', 'NOT flag'],
      [`new.day == "2026-01-02"`, `day = '2026-01-02'`],
    ),
  )
  const joined = fc
    .tuple(pair, fc.constantFrom(['&&', 'AND'], ['||', 'OR']), pair)
    .map(([a, [cel, sql], b]) => [`${a[0]} ${cel} ${b[0]}`, `${a[1]} ${sql} ${b[1]}`])
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 10, maxLength: 30 }),
      fc.array(joined, { minLength: 10, maxLength: 10 }),
      async (rows, pairs) => {
        await fill(rows)
        for (const [cel = '', sql = ''] of pairs) {
          const expression = compileExpression(cel)
          const ours = taken(await read(allRows('zoo', { where: expression.implies })), expression)
          const { rows: theirs } = await database.query<{ row: string }>(
            `SELECT to_jsonb(z)::text AS row FROM zoo z WHERE ${sql}`,
          )
          expect({ cel, rows: ours }).toEqual({ cel, rows: theirs.map(each => each.row).sort() })
        }
      },
    ),
    { numRuns: 20 },
  )
})

test('a condition that its types cannot tell of is left to the expression', async () => {
  await fill([
    { name: 'A', doc: '"A"' },
    { name: 'B', doc: '1' },
  ])
  const { read } = openTables(database.url)
  const count = async (source: string) =>
    (await read(allRows('zoo', { where: compileExpression(source).implies }))).length
  expect(await count('new.name == "A"')).toBe(1)
  expect(await count('new.doc == "A"')).toBe(2)
  expect(await count('new.name == "A" || new.doc == "A"')).toBe(2)
  expect(await count('new.name == "A" && new.doc == "A"')).toBe(1)
  expect(await count('new.missing == "A"')).toBe(2)
  const view = () => ({ hidden: [], partlyHidden: ['name'], isWhole: false })
  expect(
    (await read(allRows('zoo', { where: compileExpression('new.name == "A"').implies, view }))).length,
  ).toBe(2)
})
