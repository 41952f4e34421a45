import { expect, onTestFinished, test } from 'vitest'
import { askQuestion, type Question } from '../../src/database/ask-question.ts'
import { openPool } from '../../src/database/pool.ts'
import { adminOptions } from '../support/capture-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'

const database = await createTestDatabase()
await database.query('CREATE TABLE orders (id bigint PRIMARY KEY, customer text)')
await database.query(`INSERT INTO orders VALUES (1, 'ali'), (2, NULL)`)

function ask(sql: string, values: Question['values'] = [], more: Partial<Question> = {}): Promise<boolean> {
  const pool = openPool(adminOptions(database.url), 1)
  onTestFinished(() => pool.close())
  return askQuestion(pool, { sql, values, role: null, timeoutMs: 2_000, ...more })
}

test.each([
  ['SELECT 1 FROM orders WHERE id = $1 AND customer = $2', ['1', 'ali'], true],
  ['SELECT 1 FROM orders WHERE id = $1 AND customer = $2', ['1', 'eva'], false],
  ['SELECT EXISTS (SELECT FROM orders WHERE id = $1)', ['1'], true],
  ['SELECT EXISTS (SELECT FROM orders WHERE id = $1)', ['7'], false],
  ['SELECT customer FROM orders WHERE id = $1', ['2'], false],
  ['SELECT 1 FROM orders WHERE customer = $1', [`' OR true --`], false],
] as const)('%s with %j is %s', async (sql, values, answer) => {
  expect(await ask(sql, values)).toBe(answer)
})

test('a question can write nothing, not even through a function', async () => {
  await database.query(`CREATE FUNCTION sneak() RETURNS int LANGUAGE sql AS 'DELETE FROM orders RETURNING 1'`)
  await expect(ask('SELECT sneak()')).rejects.toThrow('read-only')
  await expect(ask('DELETE FROM orders RETURNING 1')).rejects.toThrow('read-only')
  expect((await database.query('SELECT FROM orders')).rowCount).toBe(2)
})

test('a question that takes too long is ended', async () => {
  await expect(ask('SELECT pg_sleep(20)', [], { timeoutMs: 100 })).rejects.toThrow('statement timeout')
})

test('a question runs as the role it was given, and leaves nothing of it in the session', async () => {
  await database.query(`DROP ROLE IF EXISTS rtbridge_asker`)
  await database.query('CREATE ROLE rtbridge_asker')
  const pool = openPool(adminOptions(database.url), 1)
  onTestFinished(async () => {
    await pool.close()
    await database.query('DROP ROLE rtbridge_asker')
  })
  const question = { values: [], role: 'rtbridge_asker', timeoutMs: 2_000 }
  const isAsker = `SELECT current_user = 'rtbridge_asker'`
  expect(await askQuestion(pool, { ...question, sql: isAsker })).toBe(true)
  await expect(askQuestion(pool, { ...question, sql: 'SELECT 1 FROM orders' })).rejects.toMatchObject({
    code: 'RTB_DATABASE_PERMISSION',
  })
  expect(await askQuestion(pool, { ...question, role: null, sql: isAsker })).toBe(false)
})
