import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { openConnection } from '../../src/database/connection.ts'
import { adminOptions } from '../support/capture-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'

const database = await createTestDatabase()
/** Without a time-out: whatever ends, ends because it was noticed. */
const patient = { ...adminOptions(database.url), answerTimeoutMs: 0 }

async function openSession(options = patient, keepsPlans = false) {
  const session = await openConnection(options, 'reader', { keepsPlans })
  onTestFinished(() => session.close())
  return session
}

test('gives rows in pieces of the size asked for, as text, and an incomplete one at the end', async () => {
  const session = await openSession()
  const stream = session.stream('SELECT i, NULL AS nothing FROM generate_series(1, $1::int) i', ['5'])
  expect(await stream.read(2)).toEqual([
    { i: '1', nothing: null },
    { i: '2', nothing: null },
  ])
  expect(await stream.read(2)).toHaveLength(2)
  expect(await stream.read(2)).toEqual([{ i: '5', nothing: null }])
  expect(await stream.read(2)).toEqual([])
  await stream.close()
})

test('gives no more rows at once than weigh what is asked for, however heavy those are that follow, and every row once', async () => {
  const mostBytes = 200_000
  /** What may be on its way when that is reached. */
  const buffered = 65_536
  const weights = fc.array(fc.constantFrom(1, 1_000, 70_000, 300_000), { maxLength: 60 })
  const session = await openSession(patient, true)
  await fc.assert(
    fc.asyncProperty(
      weights,
      fc.integer({ min: 1, max: 70 }),
      fc.boolean(),
      async (list, count, closesEarly) => {
        const sql =
          'SELECT repeat($1, weight) AS load FROM unnest($2::int[]) WITH ORDINALITY u (weight, place) ORDER BY place'
        const stream = session.stream(sql, ['x', `{${list.join(',')}}`])
        const got: number[] = []
        while (!stream.isOver && !(closesEarly && got.length > 10)) {
          const rows = (await stream.read(count, mostBytes)).map(({ load }) => load?.length ?? 0)
          expect(rows.length).toBeLessThanOrEqual(count)
          const [last = 0] = rows.slice(-1)
          expect(rows.reduce((sum, weight) => sum + weight, 0) - last).toBeLessThan(mostBytes + buffered)
          got.push(...rows)
        }
        await stream.close()
        expect(got).toEqual(list.slice(0, got.length))
        if (!closesEarly) expect(got).toHaveLength(list.length)
        expect(await session.query('SELECT $1::int AS one', ['1'])).toEqual([{ one: '1' }])
      },
    ),
    { numRuns: 60 },
  )
})

test('takes values of every kind as a query does', async () => {
  const session = await openSession()
  const sql = 'SELECT $1::text[] AS list, $2::boolean AS flag, $3::int AS number, $4::text AS nothing'
  const values = [['a', '"b"', null], true, 7, null]
  const stream = session.stream(sql, values)
  const rows = await stream.read(2)
  await stream.close()
  expect(rows).toEqual([{ list: '{a,"\\"b\\"",NULL}', flag: 't', number: '7', nothing: null }])
  expect(rows).toEqual(await session.query(sql, values))
})

test('frees the session when it is closed before its end', async () => {
  const session = await openSession()
  const stream = session.stream('SELECT generate_series(1, 1000000) AS i', [])
  await stream.read(10)
  await stream.close()
  expect(await session.query('SELECT 1 AS one')).toEqual([{ one: '1' }])
})

test('reports what is wrong with the statement, and frees the session', async () => {
  const session = await openSession()
  const stream = session.stream('SELECT 1 / (3 - i) FROM generate_series(1, 5) i', [])
  await expect(stream.read(10)).rejects.toMatchObject({ code: 'RTB_DATABASE_FAILED' })
  await stream.close()
  expect(await session.query('SELECT 1 AS one')).toEqual([{ one: '1' }])
})

test.each(['before the first piece', 'between two pieces', 'while the last piece is read'])(
  'reports the loss of the session at once when it ends %s',
  async when => {
    for (let round = 0; round < 20; round++) {
      const session = await openSession()
      const stream = session.stream('SELECT generate_series(1, 100) AS i', [])
      if (when === 'between two pieces') await stream.read(10)
      const killed = database.query('SELECT pg_terminate_backend($1)', [session.pid])
      const reading = (async () => {
        if (when !== 'while the last piece is read') await session.lost
        while ((await stream.read(when === 'between two pieces' ? 10 : 1_000)).length > 0);
      })()
      // The last rows may have been on their way already; what must not happen is that nothing happens.
      const outcome = await reading.then(
        () => 'whole',
        (error: { code: string }) => error.code,
      )
      expect(['whole', 'RTB_DATABASE_LOST']).toContain(outcome)
      await killed
      await session.lost
      await stream.close().catch(() => {})
    }
  },
)

test('gives up on a server that does not answer, and cuts the connection', async () => {
  const session = await openSession({ ...patient, answerTimeoutMs: 50 })
  const stream = session.stream('SELECT pg_sleep(30)', [])
  await expect(stream.read(1)).rejects.toMatchObject({ code: 'RTB_DATABASE_TIMEOUT' })
  await stream.close()
  await session.lost
})

test('a session that keeps its statements has each parsed and planned once, for any values', async () => {
  const session = await openSession(patient, true)
  const read = async (from: string, count: string) => {
    const stream = session.stream('SELECT i FROM generate_series($1::int, $2::int) i', [from, count])
    const rows = await stream.read(10)
    await stream.close()
    return rows.map(({ i }) => i)
  }
  expect(await read('1', '2')).toEqual(['1', '2'])
  expect(await read('5', '7')).toEqual(['5', '6', '7'])
  await session.query('SELECT $1::int AS one', ['1'])
  const kept = await session.query(
    'SELECT name, generic_plans, custom_plans FROM pg_prepared_statements ORDER BY name',
  )
  expect(kept).toEqual([
    { name: 'rtbridge_1', generic_plans: '2', custom_plans: '0' },
    { name: 'rtbridge_2', generic_plans: '1', custom_plans: '0' },
  ])
})

test('a kept statement has succeeded only when what it changed is committed', async () => {
  const session = await openSession(patient, true)
  await session.query('CREATE TEMP TABLE once (i int UNIQUE DEFERRABLE INITIALLY DEFERRED)')
  const insert = (count: string) =>
    session.query('INSERT INTO once SELECT 1 FROM generate_series(1, $1::int) RETURNING i', [count])
  await expect(insert('2')).rejects.toMatchObject({ code: 'RTB_DATABASE_FAILED' })
  expect(await insert('1')).toEqual([{ i: '1' }])
  await expect(insert('1')).rejects.toMatchObject({ code: 'RTB_DATABASE_FAILED' })
  expect(await session.query('SELECT i FROM once')).toEqual([{ i: '1' }])
})

test('a statement that failed before it was kept is parsed anew', async () => {
  const session = await openSession(patient, true)
  const read = async () => {
    const stream = session.stream('SELECT i::text FROM late WHERE i > $1::int', ['0'])
    try {
      return await stream.read(10)
    } finally {
      await stream.close()
    }
  }
  await expect(read()).rejects.toMatchObject({ code: 'RTB_DATABASE_FAILED' })
  await session.query('CREATE TEMP TABLE late AS SELECT 1 AS i')
  await session.query(`SELECT set_config('search_path', 'pg_temp', false)`)
  expect(await read()).toEqual([{ i: '1' }])
})

test('a session that keeps nothing leaves nothing in the server', async () => {
  const session = await openSession()
  const stream = session.stream('SELECT $1::int AS one', ['1'])
  await stream.read(10)
  await stream.close()
  expect(await session.query('SELECT name FROM pg_prepared_statements')).toEqual([])
})

test.each([true, false])(
  'gives rows at once unless they weigh what is asked for, and is free again either way: kept %s',
  async keepsPlans => {
    const session = await openSession(patient, keepsPlans)
    const sql = 'SELECT repeat($1, 1000) AS load FROM generate_series(1, $2::int)'
    const few = (count: number) => session.queryLight(5_000, sql, ['x', String(count)])
    for (const count of [4, 5, 300, 0, 1]) {
      expect((await few(count))?.length ?? null).toBe(count < 5 ? count : null)
      expect(await session.query('SELECT $1::int AS one', ['1'])).toEqual([{ one: '1' }])
    }
    await expect(session.queryLight(5_000, 'SELECT 1 / $1::int', ['0'])).rejects.toThrow(/division by zero/)
    expect(await few(1)).toHaveLength(1)
  },
)
