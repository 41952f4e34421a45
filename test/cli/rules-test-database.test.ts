import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createTestDatabase } from '../support/test-database.ts'
import { installTables } from '../support/wasla-database.ts'
import { createFolder, runCli } from './run-cli.ts'

const yaml = `
tables:
  bookings:
    exclude: [pin_code]
    events:
      BOOKED: { on: insert }
      MOVED: { on: update, when: new.seat != old.seat }
  '"Odd ""Name"': { events: { ODD: { on: insert } } }
  slots: { events: { SLOT: { on: insert } } }
  stays: {}
`
const database = await createTestDatabase()
await database.query(`
  CREATE TABLE bookings (id int PRIMARY KEY, seat int, pin_code text);
  CREATE TABLE "Odd ""Name" ("k 'ey" text PRIMARY KEY);
  CREATE TABLE slots (at timestamptz, room uuid, PRIMARY KEY (at, room));
  CREATE TABLE stays (id int);
`)
await installTables(database, yaml)
await database.query(`
  INSERT INTO bookings VALUES (1, 5, 's3cret');
  UPDATE bookings SET seat = 6, pin_code = 's4cret';
  INSERT INTO "Odd ""Name" VALUES ('O''Hara "x"'), ('محطة');
  INSERT INTO slots VALUES ('2026-03-01 12:00+00', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11');
`)

async function rulesTest(...args: string[]) {
  const cwd = await createFolder()
  await writeFile(join(cwd, 'rtbridge.yaml'), yaml)
  const env = { RTBRIDGE_DATABASE_URL: database.url }
  return runCli(['rules', 'test', ...args], { cwd, env })
}

async function tested(...args: string[]) {
  const { stdout, stderr } = await rulesTest(...args, '--json')
  expect(stderr).toBe('')
  expect(stdout).not.toMatch(/s[34]cret/)
  return JSON.parse(stdout).changes
}

test('the newest changes of a table are tested in the order in which they happened', async () => {
  const changes = await tested('bookings', '--last', '5')
  expect(changes).toMatchObject([
    { change: { op: 'INSERT', id: '1' }, rules: [{ result: 'fired' }, { result: 'other-operation' }] },
    { change: { op: 'UPDATE', id: '1' }, rules: [{ result: 'other-operation' }, { result: 'fired' }] },
  ])
  expect(changes[1].rules[1].sends.event_id).toMatch(/^[0-9a-f]{8}-\d+-MOVED$/)
  expect(await tested('bookings', '--last', '1')).toHaveLength(1)
})

test('the newest changes of all tables come without those of the hub itself', async () => {
  const changes = await tested('--all-tables', '--last', '100')
  expect(changes.map(({ change }: { change: { table: string } }) => change.table)).toEqual([
    'bookings',
    'bookings',
    'Odd "Name',
    'Odd "Name',
    'slots',
  ])
})

test('a row of the table is tested as it is now, and as it would be changed', async () => {
  expect(await tested('bookings', '--key', '1')).toMatchObject([
    { change: { op: 'INSERT', new: '{"id": 1, "seat": 6}' }, rules: [{ result: 'fired' }, {}] },
  ])
  expect(await tested('bookings', '--key', '1', '--op', 'update', '--new', '{"seat":9}')).toMatchObject([
    {
      change: { old: '{"id": 1, "seat": 6}', new: '{"id": 1, "seat": 9}' },
      rules: [{}, { result: 'fired' }],
    },
  ])
  expect(await tested('bookings', '--key', '1', '--op', 'update')).toMatchObject([{ left_out: 'unchanged' }])
})

test.each([
  ['with quotes', '"Odd ""Name"', ['O\'Hara "x"'], 'O\'Hara "x"'],
  ['in Arabic', '"Odd ""Name"', ['محطة'], 'محطة'],
  [
    'of two columns, in other notations',
    'slots',
    ['2026-03-01 13:00+01', 'a0eebc999c0b4ef8bb6d6bb9bd380a11'],
    '["2026-03-01T12:00:00+00:00","a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]',
  ],
  [
    'of two columns, as events have it',
    'slots',
    ['["2026-03-01T12:00:00+00:00","a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]'],
    '["2026-03-01T12:00:00+00:00","a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]',
  ],
])('a key %s finds its row', async (_, table, key, id) => {
  expect(await tested(table, '--key', ...key)).toMatchObject([{ change: { id } }])
})

test.each([
  [['bookings', '--key', 'one'], 'the key of bookings is integer: one is not'],
  [['bookings', '--key', '99'], 'bookings has no row 99'],
  [['slots', '--key', 'x'], 'the key of slots is at, room: 2 values, not 1'],
  [['stays', '--key', '1'], 'stays has no primary key'],
])('%j is refused, with what is wrong', async (args, problem) => {
  const { code, stderr } = await rulesTest(...args)
  expect(stderr).toContain(problem)
  expect(code).toBe(2)
})
