import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { createColumnTypes } from '../../../src/cli/types/column-types.ts'
import { eventTypes } from '../../../src/cli/types/event-types.ts'
import { renderJsonSchema } from '../../../src/cli/types/render-json-schema.ts'
import { renderTypescript } from '../../../src/cli/types/render-typescript.ts'
import { chooseTypeNames } from '../../../src/cli/types/type-names.ts'
import type { NamedType, TypeModel } from '../../../src/cli/types/value-type.ts'
import type { TableRule } from '../../../src/domain/rule.ts'
import type { ColumnInfo, TypeInfo } from '../../../src/install/column-catalogue.ts'
import { compileTypescript } from '../../support/compile-typescript.ts'
import { createTestDatabase } from '../../support/test-database.ts'
import { createFolder, runCli } from '../run-cli.ts'

const real = await createTestDatabase()

const hostile = [
  `it's "quoted"`,
  '*/ export const x = 1 /*',
  '@ts-expect-error',
  '@ts-ignore\n@deprecated',
  'two\r\nlines\u2028and\u2029more',
  '$' + '{1 + 1} `x`',
  '\\',
  "\\'",
  '__proto__',
  'constructor',
  'toString',
  'class',
  'any',
  'string',
  'Schema',
  'schema',
  'العملاء',
  'طلبات الزبائن',
  '🚕',
  '🚕 taxi',
  '1st',
  '2 fast',
  'a_b',
  'aB',
  'A b',
  'A_B2',
  'ǆ',
  'ß',
  'ﬁn',
  'ग्राहक',
  '\u202eevil',
  '\u0301accent',
  // Came to Unicode in 2025.
  '\u1aeb',
  '-->',
  '//',
  '~/%25#',
  ' ',
]

const text = fc.oneof(
  fc.constantFrom(...hostile),
  // PostgreSQL stores neither NUL nor half a pair.
  fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).map(each => each.replaceAll('\0', '0')),
)
const comment = fc.option(text, { nil: null })

/** Oids of the types that columns have. */
const [textOid, enumOid, rowOid, arrayOid] = ['25', '900001', '900002', '900003']

const column = fc.record({ name: text, type: fc.constantFrom(textOid, enumOid, rowOid, arrayOid), comment })
const columns = fc.uniqueArray(column, { selector: ({ name }) => name, maxLength: 5 })
const names = (least: number) => fc.uniqueArray(text, { minLength: least, maxLength: 5 })
const database = fc.record({
  tables: fc.uniqueArray(fc.record({ label: text, columns, comment }), {
    selector: ({ label }) => label,
    minLength: 1,
    maxLength: 6,
  }),
  enumName: text,
  enumLabels: names(0),
  rowName: text,
  attributes: columns,
  dataNames: names(1),
})
type Hostile = typeof database extends fc.Arbitrary<infer Value> ? Value : never

test('whatever tables, columns, types and fields are called, the written types compile and say those names', async () => {
  await fc.assert(
    // Many in one run of the compiler: to start it takes longer than to compile.
    fc.asyncProperty(fc.array(database, { minLength: 20, maxLength: 40 }), async databases => {
      const files = databases.flatMap((each, index) => {
        const model = modelOf(each)
        return [
          [`types-${index}.ts`, renderTypescript(model, 'rtbridge types')],
          [`names-${index}.ts`, namesOf(each, model, `./types-${index}.ts`)],
        ]
      })
      expect(await compileTypescript(await createFolder(), Object.fromEntries(files))).toEqual([])
    }),
    // To shrink it would take a compilation each time; the seed is told.
    { numRuns: 3, endOnFailure: true },
  )
})

test('every character that the name of a type may have is one to TypeScript, at its beginning and within', async () => {
  const units = Array.from({ length: 0xffff }, (_, at) => at + 1).filter(
    unit => unit < 0xd800 || unit > 0xdfff,
  )
  const labels = units.flatMap(unit => [`a${String.fromCharCode(unit)}`, `${String.fromCharCode(unit)}a`])
  const names = new Set(labels.flatMap(label => chooseTypeNames([label])))
  const types = [...names].map(name => `export type ${name} = 1`)
  expect(await compileTypescript(await createFolder(), { 'names.ts': types.join('\n') })).toEqual([])
})

test('whatever the names are, the JSON Schema has them, and each of its references leads somewhere', () => {
  fc.assert(
    fc.property(database, each => {
      const model = modelOf(each)
      const schema = JSON.parse(renderJsonSchema(model, 'rtbridge types'))
      expect(Object.keys(schema.properties.tables.properties).sort()).toEqual(
        each.tables.map(({ label }) => label).sort(),
      )
      const references = JSON.stringify(schema).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)
      for (const [, name = ''] of references) expect(schema.$defs).toHaveProperty([decodeURIComponent(name)])
    }),
  )
})

test('the same tables give the same bytes, in whatever order they are found', () => {
  fc.assert(
    fc.property(database, each => {
      const reversed = { ...each, tables: [...each.tables].reverse() }
      for (const render of [renderTypescript, renderJsonSchema]) {
        expect(render(modelOf(reversed), 'x')).toBe(render(modelOf(each), 'x'))
      }
    }),
  )
})

test('hostile names of a real database compile, and a row of it has the type that was written', async () => {
  const quote = (name: string) => `"${name.replaceAll('"', '""')}"`
  const literal = (name: string) => `E'${name.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
  await real.query(`CREATE TYPE "mood */ x" AS ENUM (${hostile.map(literal).join(', ')})`)
  for (const name of hostile) {
    const list = hostile.map(each => `${quote(each)} "mood */ x"`).join(', ')
    await real.query(`CREATE TABLE ${quote(name)} (${list})`)
    await real.query(`COMMENT ON TABLE ${quote(name)} IS ${literal(name)}`)
    await real.query(`COMMENT ON COLUMN ${quote(name)}.${quote(name)} IS ${literal(name)}`)
  }
  await real.query(`INSERT INTO "class" VALUES (${hostile.map(literal).join(', ')})`)
  const { rows } = await real.query<{ row: string }>('SELECT to_jsonb(t)::text AS row FROM "class" t')
  const cwd = await createFolder()
  await writeFile(join(cwd, 'rtbridge.yaml'), 'tables: ["*"]')
  const run = (...args: string[]) =>
    runCli(['types', ...args], { cwd, env: { RTBRIDGE_DATABASE_URL: real.url } })
  const written = await run()
  expect(written.stderr).toBe('')
  expect(
    await compileTypescript(await createFolder(), {
      'types.ts': written.stdout,
      'row.ts': `import type { Schema } from './types.ts'\nexport const row: Schema['tables']['class'] = ${rows[0]?.row}`,
    }),
  ).toEqual([])
  const schema = JSON.parse((await run('--format', 'json-schema')).stdout)
  const row = z.fromJSONSchema({ $defs: schema.$defs, ...schema.$defs.Class })
  expect(row.safeParse(JSON.parse(rows[0]?.row ?? '')).success).toBe(true)
})

/** The model of such a database, made as `rtbridge types` makes it. */
function modelOf({ tables, enumName, enumLabels, rowName, attributes, dataNames }: Hostile): TypeModel {
  const base = { schema: 'public', part: null, dimensions: 0, labels: [], attributes: [], comment: null }
  const types = new Map<string, TypeInfo>([
    [textOid, { ...base, name: 'text', kind: 'string' }],
    [enumOid, { ...base, name: enumName, kind: 'enum', labels: enumLabels }],
    [
      rowOid,
      {
        ...base,
        name: rowName,
        kind: 'composite',
        attributes: attributes.filter(({ type }) => type !== rowOid).map(columnInfo),
      },
    ],
    [arrayOid, { ...base, name: '_x', kind: 'array', part: enumOid }],
  ])
  const sorted = [...tables].sort((a, b) => (a.label < b.label ? -1 : 1))
  const columnTypes = createColumnTypes(
    types,
    sorted.map(({ label }) => label),
  )
  const captured = sorted.map(({ label, columns: own, comment: said }, index) => {
    const row: NamedType = {
      name: columnTypes.tableNames[index] ?? '',
      remarks: [`A row of ${label}.`, ...(said === null ? [] : [said])],
      shape: { kind: 'object', fields: columnTypes.fieldsOf(own.map(columnInfo)) },
    }
    return { label, row, rule: ruleOf(dataNames), hidden: [] }
  })
  return {
    tables: captured.map(({ label, row }) => ({ label, row })),
    types: columnTypes.named,
    ...eventTypes(captured),
  }
}

function columnInfo({
  name,
  type,
  comment: said,
}: {
  name: string
  type: string
  comment: string | null
}): ColumnInfo {
  return { name, type, typeText: `public.${name}`, dimensions: 0, notNull: false, comment: said }
}

function ruleOf(dataNames: readonly string[]): TableRule {
  const location = { file: 'rtbridge.yaml', line: 1, column: 1 }
  const event = {
    on: ['insert' as const],
    when: null,
    rooms: null,
    roles: null,
    priority: 'normal' as const,
    location,
    locations: {},
  }
  const data = Object.fromEntries(dataNames.map(name => [name, 'op']))
  const events = [
    { ...event, eventType: 'WITH.data:x-1', data },
    { ...event, eventType: 'constructor', data: null },
  ]
  return { pattern: '*', channel: null, exclude: [], maxRowBytes: 1_048_576, events, location }
}

/** A program that compiles only if the types have exactly these names. */
function namesOf({ tables, dataNames }: Hostile, model: TypeModel, module: string): string {
  const union = (of: readonly string[]) =>
    of.length === 0 ? 'never' : of.map(each => JSON.stringify(each)).join(' | ')
  const rows = tables.map(
    ({ label, columns: own }) =>
      `holds<Same<keyof types.Schema['tables'][${JSON.stringify(label)}], ${union(own.map(({ name }) => name))}>>()`,
  )
  return [
    // Under one name: theirs may be any, those of this file among them.
    `import type * as types from '${module}'`,
    'type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false',
    'function holds<_Fact extends true>(): void {}',
    `holds<Same<keyof types.Schema['tables'], ${union(tables.map(({ label }) => label))}>>()`,
    `holds<Same<keyof types.Schema['events'], 'WITH.data:x-1' | 'constructor'>>()`,
    `holds<Same<keyof types.Schema['events']['WITH.data:x-1']['data'], ${union(dataNames)}>>()`,
    ...rows,
    `export type All = [${model.tables.map(({ row }) => `types.${row.name}`).join(', ')}]`,
  ].join('\n')
}
