import { expect, onTestFinished, test } from 'vitest'
import { createPlainRole } from '../support/plain-role.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { installTables } from '../support/wasla-database.ts'
import { runTrace, trace, withSessionOf } from './trace-support.ts'

const yaml = `
tables:
  bookings: { exclude: [pin_code] }
  stays: {}
  logs: {}
  '"Odd ""Name"': {}
  slots: {}
  prices: {}
`
const database = await createTestDatabase()
await database.query(`
  CREATE TABLE bookings (id int PRIMARY KEY, seat int, at timestamptz DEFAULT now(), pin_code text);
  CREATE TABLE unwatched (id int PRIMARY KEY);
  CREATE TABLE stays (id int NOT NULL, day date NOT NULL, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
  CREATE TABLE stays_2026 PARTITION OF stays FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
  CREATE TABLE logs (line text);
  CREATE TABLE "Odd ""Name" ("k 'ey" text PRIMARY KEY);
  CREATE TABLE slots (at timestamptz, room uuid, PRIMARY KEY (at, room));
  CREATE TABLE prices (amount numeric PRIMARY KEY);
  INSERT INTO bookings VALUES (1000, 1);
`)
await installTables(database, yaml)
const reader = await createPlainRole(database, 'reader')
await database.query(`GRANT USAGE ON SCHEMA rtbridge TO ${reader.name}`)
await database.query(`GRANT SELECT ON ALL TABLES IN SCHEMA rtbridge TO ${reader.name}`)
await database.query(`GRANT EXECUTE ON FUNCTION pg_control_system() TO ${reader.name}`)
const call = { database, yaml }
let nextId = 1

/** A booking that is in the journal. */
async function book(): Promise<string> {
  const id = String(nextId++)
  await database.query('INSERT INTO bookings VALUES ($1, 1)', [id])
  return id
}

test('a table that no entry selects is where it ends', async () => {
  await database.query('INSERT INTO unwatched VALUES (1)')
  const { state, at, summary, code } = await trace(call, 'unwatched', '1')
  expect({ state, at, code }).toEqual({ state: 'dropped', at: 'table', code: 5 })
  expect(summary).toContain('no entry of `tables` selects unwatched')
})

test('a database without rtbridge is where it ends', async () => {
  const empty = await createEmptyDatabase()
  const { at, summary, steps } = await trace({ ...call, database: empty }, 'bookings', '1')
  expect({ at, count: steps.length }).toEqual({ at: 'table', count: 1 })
  expect(summary).toContain('RTB_INSTALL_MISSING')
})

test('a trigger that is disabled is where it ends', async () => {
  const id = await book()
  await database.query('ALTER TABLE bookings DISABLE TRIGGER USER')
  onTestFinished(async () => {
    await database.query('ALTER TABLE bookings ENABLE TRIGGER USER')
  })
  await database.query('UPDATE bookings SET seat = 2 WHERE id = $1', [id])
  const { state, at, summary, step } = await trace(call, 'bookings', id)
  expect({ state, at }).toEqual({ state: 'dropped', at: 'triggers' })
  expect(summary).toMatch(/^trigger !rtbridge_\w+ is disabled$/)
  expect(step('journal').state).toBe('dropped')
})

test('a trigger that is disabled now did not stop a change that is in the journal', async () => {
  const id = await book()
  await database.query('ALTER TABLE bookings DISABLE TRIGGER USER')
  onTestFinished(async () => {
    await database.query('ALTER TABLE bookings ENABLE TRIGGER USER')
  })
  const { at, step } = await trace(call, 'bookings', id)
  expect([at, step('triggers').state, step('journal').state]).toEqual(['hub', 'warning', 'ok'])
})

test('a transaction that has not committed is where it waits', async () => {
  await withSessionOf(database, async query => {
    await query('BEGIN')
    await query('INSERT INTO bookings VALUES (2000, 1)')
    const { state, at, step } = await trace(call, 'bookings', '2000')
    expect({ state, at }).toEqual({ state: 'waiting', at: 'transaction' })
    expect(step('transaction').details).toEqual([
      expect.stringMatching(/^session \d+ \(.+\), open for \d+ s$/),
    ])
    await query('ROLLBACK')
  })
  const { at, summary } = await trace(call, 'bookings', '2000')
  expect(at).toBe('journal')
  expect(summary).toBe('nothing of bookings 2000, and the table has no such row now')
})

test('a row from before the installation says so', async () => {
  const { at, summary } = await trace(call, 'bookings', '1000')
  expect(at).toBe('journal')
  expect(summary).toBe('nothing of bookings 1000: it was last written before its triggers were made')
})

test('a change that was pruned says how long changes are kept', async () => {
  const id = await book()
  const { rows } = await database.query('SELECT pruned_xid::text, pruned_until FROM rtbridge.retention')
  const before = [rows[0]?.['pruned_xid'], rows[0]?.['pruned_until']]
  // As the pruning does when the journal is full of this row alone.
  await database.query(`DELETE FROM rtbridge.journal WHERE new_row ->> 'id' = $1`, [id])
  await database.query('UPDATE rtbridge.retention SET pruned_xid = pg_snapshot_xmin(pg_current_snapshot())')
  onTestFinished(async () => {
    await database.query('UPDATE rtbridge.retention SET pruned_xid = $1::xid8, pruned_until = $2', before)
  })
  const { at, summary } = await trace(call, 'bookings', id)
  expect(at).toBe('journal')
  expect(summary).toContain('is older than the journal, which keeps 1 day')
})

test('a write that no trigger saw is told from one of excluded columns', async () => {
  const id = await book()
  await database.query('UPDATE bookings SET pin_code = $2 WHERE id = $1', [id, 's3cret'])
  const quiet = await trace(call, 'bookings', id)
  expect(quiet.step('journal')).toMatchObject({ state: 'ok' })
  expect(quiet.step('journal').details.join()).toContain('only in excluded columns (pin_code)')
  await asReplica('UPDATE bookings SET seat = 9 WHERE id = $1', [id])
  const loud = await trace(call, 'bookings', id)
  expect(loud.at).toBe('journal')
  expect(loud.summary).toContain('was written again since its newest change here: its session had')
  expect(quiet.stdout + loud.stdout).not.toContain('s3cret')
})

test('a role whose triggers never fire is named', async () => {
  await database.query(`CREATE ROLE copier_${database.name}`)
  await database.query(`ALTER ROLE copier_${database.name} SET session_replication_role = replica`)
  onTestFinished(async () => {
    await database.query(`DROP ROLE copier_${database.name}`)
  })
  await asReplica('INSERT INTO bookings VALUES (3000, 1)', [])
  const { summary } = await trace(call, 'bookings', '3000')
  expect(summary).toContain(
    `triggers do not fire for copier_${database.name}: session_replication_role=replica`,
  )
})

test('a write after a savepoint, or in another time zone, is not taken for one that nobody saw', async () => {
  await withSessionOf(database, async query => {
    await query(`SET TimeZone = 'Asia/Kolkata'`)
    await query('BEGIN')
    await query('SAVEPOINT a')
    await query('INSERT INTO bookings VALUES (4000, 1)')
    await query('COMMIT')
  })
  expect((await trace(call, 'bookings', '4000')).step('journal').state).toBe('ok')
})

test('a row that is gone, or got another key, has its last change all the same', async () => {
  const [gone, moved] = [await book(), await book()]
  await database.query('DELETE FROM bookings WHERE id = $1', [gone])
  expect((await trace(call, 'bookings', gone)).changes).toMatchObject([{ op: 'DELETE' }, { op: 'INSERT' }])
  await database.query('UPDATE bookings SET id = 5000 WHERE id = $1', [moved])
  const { step } = await trace(call, 'bookings', moved)
  expect(step('journal')).toMatchObject({ state: 'ok' })
  expect(step('journal').details).toContain('its key is 5000 now')
  const silent = await book()
  await asReplica('DELETE FROM bookings WHERE id = $1', [silent])
  expect((await trace(call, 'bookings', silent)).step('journal')).toMatchObject({
    state: 'warning',
    found: `the table has no bookings ${silent} any more, and the journal has no DELETE of it`,
  })
})

test('a role that may not look at the table looks at the journal alone, and says so', async () => {
  const id = await book()
  const asReader = { ...call, database: { url: reader.url } }
  const { step } = await trace(asReader, 'bookings', id)
  expect(step('journal').state).toBe('ok')
  expect(step('journal').details.join()).toContain('the row as it is now cannot be looked at: ')
  const { at, summary } = await trace(asReader, 'bookings', '1000')
  expect(at).toBe('journal')
  expect(summary).toContain('nothing of bookings 1000, and the row cannot be looked at: ')
})

test('a partition is followed through the table above it', async () => {
  await database.query(`INSERT INTO stays VALUES (1, '2026-05-01')`)
  const { step, changes } = await trace(call, 'stays_2026', '1', '2026-05-01')
  expect(step('table').details).toEqual(['stays_2026 is a partition: its changes are those of stays'])
  expect(changes).toHaveLength(1)
})

test.each([
  ['with quotes', '"Odd ""Name"', `O'Hara "x"`, [`O'Hara "x"`], [`O'Hara "x"`]],
  ['in Arabic', '"Odd ""Name"', 'محطة تونس', ['محطة تونس'], ['محطة تونس']],
])('a key %s is found', async (_, table, value, given, key) => {
  await database.query('INSERT INTO "Odd ""Name" VALUES ($1)', [value])
  const answer = await trace(call, table, ...given)
  expect(answer).toMatchObject({ key, changes: [{ op: 'INSERT' }] })
})

test('a number that is the key is found however many digits it was written with', async () => {
  await database.query('INSERT INTO prices VALUES (1.50)')
  const answer = await trace(call, 'prices', '1.5')
  expect(answer).toMatchObject({ key: ['1.50'], changes: [{ op: 'INSERT' }] })
  expect(answer.step('journal').state).toBe('ok')
})

test('a key of a timestamp and an uuid is found in every notation', async () => {
  const key = ['2026-03-01T12:00:00+00:00', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11']
  await withSessionOf(database, async query => {
    await query(`SET TimeZone = 'America/New_York'`)
    await query('INSERT INTO slots VALUES ($1, $2)', key)
  })
  for (const given of [
    key,
    ['2026-03-01 13:00+01', 'A0EEBC999C0B4EF8BB6D6BB9BD380A11'],
    [JSON.stringify(key)],
  ]) {
    expect(await trace(call, 'slots', ...given)).toMatchObject({ key, changes: [{ op: 'INSERT' }] })
  }
})

test.each([
  [['nowhere', '1'], 'there is no table nowhere'],
  [['booking', '1'], 'did you mean bookings?'],
  [['bookings', 'one'], 'the key of bookings is integer: one is not'],
  [['slots', '1'], '2 values, not 1'],
  [['logs', '1'], 'logs has no primary key'],
  [['bookings', '1', '--event', 'BOOKED'], 'there is no event BOOKED'],
])('%j is refused, with what is wrong', async (args, problem) => {
  const { code, stderr, stdout } = await runTrace(call, ...args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(problem)
})

async function asReplica(sql: string, values: readonly unknown[]): Promise<void> {
  await withSessionOf(database, async query => {
    await query('SET session_replication_role = replica')
    await query(sql, values)
  })
}

async function createEmptyDatabase() {
  const name = `${database.name}_empty`
  await database.query(`CREATE DATABASE ${name}`)
  onTestFinished(async () => {
    await database.query(`DROP DATABASE ${name} WITH (FORCE)`)
  })
  const url = new URL(database.url)
  url.pathname = `/${name}`
  await withSessionOf({ url: url.href }, query => query('CREATE TABLE bookings (id int PRIMARY KEY)'))
  return { url: url.href }
}
