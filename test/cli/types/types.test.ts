import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { createTestDatabase } from '../../support/test-database.ts'
import { type CliResult, createFolder, runCli } from '../run-cli.ts'

const database = await createTestDatabase()

const yaml = `
database: { url: "\${DATABASE_URL}" }
tables:
  orders: { exclude: [pin], events: { ORDER_CREATED: { on: insert } } }
  "stock_*":
`

beforeEach(async () => {
  await database.query(`
    DROP TABLE IF EXISTS orders, stock_a, stock_b, other CASCADE;
    CREATE TABLE orders (id int PRIMARY KEY, pin text, note text);
    COMMENT ON TABLE orders IS 'What was ordered';
    CREATE TABLE stock_a (id int PRIMARY KEY);
    CREATE TABLE stock_b (id int, day date) PARTITION BY RANGE (day);
    CREATE TABLE stock_b_2026 PARTITION OF stock_b FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    CREATE TABLE other (id int PRIMARY KEY)`)
})

test('prints the types of the configured tables and nothing else, without excluded columns, partitions under their table', async () => {
  const { code, stdout, stderr } = await run('types')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain('  tables: {\n    orders: Orders\n    stock_a: StockA\n    stock_b: StockB\n  }\n')
  expect(stdout).toContain(
    '/**\n * A row of orders.\n *\n * What was ordered\n */\nexport interface Orders {\n',
  )
  expect(stdout).not.toContain('pin')
})

test('a column that is generated when it is read is left out, as the triggers leave it out', async () => {
  await database.query('ALTER TABLE other ADD twice int GENERATED ALWAYS AS (id * 2) VIRTUAL')
  expect((await run('types --table other')).stdout).not.toContain('twice')
})

test('a column whose NOT NULL is not validated may be null', async () => {
  await database.query('ALTER TABLE orders ADD CONSTRAINT noted NOT NULL note NOT VALID')
  expect((await run('types')).stdout).toContain('  note: string | null\n')
  await database.query('ALTER TABLE orders VALIDATE CONSTRAINT noted')
  expect((await run('types')).stdout).toContain('  note: string\n')
})

test('a column that a policy hides is marked, and may be missing in the JSON Schema', async () => {
  const rules = '[{ roles: [clerk] }, { roles: [board], hide: [note] }]'
  const data = '{ note: new.note, all: new, id: new.id }'
  const text = `${yaml.replace('{ on: insert }', `{ on: insert, data: ${data} }`)}
policies: { tables: { orders: ${rules} } }`
  const { stdout } = await run('types', { yaml: text })
  expect(stdout).toContain(
    '   * A policy hides it from some: it is missing then.\n   */\n  note: string | null\n',
  )
  const schema = JSON.parse((await run('types --format json-schema', { yaml: text })).stdout)
  expect(schema.$defs.Orders.required).toEqual(['id'])
  const { data: fields } = schema.properties.events.properties.ORDER_CREATED.anyOf[0].properties
  expect(fields.required).toEqual(['id'])
})

test('tables that clients cannot tell apart by name are one of either', async () => {
  await database.query(
    'CREATE SCHEMA IF NOT EXISTS a; CREATE TABLE IF NOT EXISTS a.b (x int); CREATE TABLE IF NOT EXISTS "a.b" (y int)',
  )
  const { stdout } = await run('types --table a.b "a.b"')
  expect(stdout).toContain(`    'a.b': AB | AB2\n`)
})

test('does not need the triggers to be installed, nor the right to install them', async () => {
  const role = `reader_${database.name}`
  await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret-word'`)
  try {
    const { code, stdout } = await run('types', { url: database.urlAs(role, 'secret-word') })
    expect(code).toBe(0)
    expect(stdout).toBe((await run('types')).stdout)
  } finally {
    await database.query(`DROP ROLE ${role}`)
  }
})

test('takes the tables of --table only, also those that are not configured', async () => {
  const { stdout } = await run('types --table orders other')
  expect(stdout).toContain('  tables: {\n    orders: Orders\n    other: Other\n  }\n')
  expect(stdout).toContain('//   rtbridge types --out <this file> --table orders other\n')
})

test('writes a file, and leaves one that is right untouched', async () => {
  const cwd = await folder()
  const first = await run('types --out types.ts', { cwd })
  expect(first.stdout).toContain('Written:')
  expect(first.stdout).toContain('with 3 tables, 1 event')
  const path = join(cwd, 'types.ts')
  expect(await readFile(path, 'utf8')).toBe((await run('types')).stdout)
  const { mtimeMs } = await stat(path)
  const second = await run('types --out types.ts --json', { cwd })
  expect(JSON.parse(second.stdout)).toEqual({
    version: 1,
    format: 'ts',
    tables: ['orders', 'stock_a', 'stock_b'],
    events: ['ORDER_CREATED'],
    path,
    changed: false,
  })
  expect((await stat(path)).mtimeMs).toBe(mtimeMs)
})

test('the text is in the answer when JSON is asked for and no file is named', async () => {
  const { stdout } = await run('types --json')
  expect(JSON.parse(stdout)).toMatchObject({ version: 1, text: (await run('types')).stdout })
})

test('--check passes for the file that was written, also with the line ends of Windows', async () => {
  const cwd = await folder()
  await run('types --out types.ts', { cwd })
  expect(await run('types --out types.ts --check', { cwd })).toMatchObject({ code: 0, stderr: '' })
  const path = join(cwd, 'types.ts')
  await writeFile(path, (await readFile(path, 'utf8')).replaceAll('\n', '\r\n'))
  const { code, stdout } = await run('types --out types.ts --check --json', { cwd })
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ current: true, differences: [] })
})

test('--check tells what differs and the command that mends it, and changes nothing', async () => {
  const cwd = await folder()
  await run('types --out types.ts', { cwd })
  const before = await readFile(join(cwd, 'types.ts'), 'utf8')
  await database.query('ALTER TABLE orders ALTER note SET NOT NULL, ADD paid boolean')
  const { code, stdout, stderr } = await run('types --out types.ts --check', { cwd })
  expect(code).toBe(5)
  expect(stdout).toMatch(
    / 14 - {3}note: string \| null\n +15 \+ {3}note: string\n +15 \+ {3}\/\*\* boolean \*\/\n/,
  )
  expect(stderr).toContain('error RTB_TYPES_OUTDATED')
  expect(stderr).toContain('it differs in 4 lines')
  expect(stderr).toContain('try: rtbridge types --out types.ts\n')
  expect(await readFile(join(cwd, 'types.ts'), 'utf8')).toBe(before)
})

test('--check fails for a file that is not there', async () => {
  const { code, stderr } = await run('types --out types.json --format json-schema --check')
  expect(code).toBe(5)
  expect(stderr).toContain('cannot be read')
  expect(stderr).toContain('try: rtbridge types --out types.json --format json-schema\n')
})

test('--check without a file, a format that is none and a pattern that is none are usage errors', async () => {
  for (const args of ['types --check', 'types --format java', 'types --table a.b.c.d']) {
    const { code, stderr } = await run(args)
    expect(code).toBe(2)
    expect(stderr).toContain('try: rtbridge types --help')
  }
})

test('makes the folder of the file', async () => {
  const cwd = await folder()
  const { code, stderr } = await run('types --out app/src/types.ts', { cwd })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(await readFile(join(cwd, 'app/src/types.ts'), 'utf8')).toContain('export interface Schema')
})

test('says where a file cannot be written', async () => {
  const { code, stderr } = await run('types --out /dev/null/types.ts')
  expect(code).toBe(1)
  expect(stderr).toContain('RTB_COMMAND_WRITE')
})

test('names a table that is not there', async () => {
  const { code, stderr } = await run('types', { yaml: yaml.replace('orders:', 'ordres:') })
  expect(code).toBe(3)
  expect(stderr).toContain('did you mean orders?')
})

interface RunOptions {
  readonly cwd?: string
  readonly yaml?: string
  readonly url?: string
}

async function run(args: string, options: RunOptions = {}): Promise<CliResult> {
  const cwd = options.cwd ?? (await folder(options.yaml))
  return runCli(args.split(' '), { cwd, env: { DATABASE_URL: options.url ?? database.url } })
}

async function folder(text = yaml): Promise<string> {
  const made = await createFolder()
  await writeFile(join(made, 'rtbridge.yaml'), text)
  return made
}
