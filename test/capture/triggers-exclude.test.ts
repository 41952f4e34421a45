import { expect, test } from 'vitest'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { journalLines, journalOf } from './journal-entries.ts'

describeEachMajor('excluded columns', async database => {
  await database.query(`
    CREATE TABLE customer (id int PRIMARY KEY, name text, pin text, photo bytea, amount numeric DEFAULT 1.0);
    SELECT rtbridge.capture_table('customer', '{id}', '{photo,pin}', 4096);
  `)
  const lines = (work: string) => journalLines(database, work)

  /** Everything the schema rtbridge holds, as text. */
  async function everythingStored(): Promise<string> {
    const { rows } = await database.query<{ name: string }>(
      `SELECT c.oid::regclass::text AS name FROM pg_class c WHERE relnamespace = 'rtbridge'::regnamespace AND relkind = 'r'`,
    )
    const contents = rows.map(
      async ({ name }) => (await database.query(`SELECT t::text FROM ${name} t`)).rows,
    )
    return JSON.stringify(await Promise.all(contents))
  }

  test('are nowhere in the journal, whatever happens to the row', async () => {
    const secret = 'topsecret'
    await database.query(`
      INSERT INTO customer VALUES (1, 'Amal', '${secret}');
      UPDATE customer SET pin = '${secret}2', name = 'Omar';
      UPDATE customer SET pin = repeat('${secret}', 10000), name = repeat('long', 5000);
      UPDATE customer SET photo = '${secret}', pin = '${secret}', name = 'short';
      INSERT INTO customer VALUES (2, '${secret.slice(0, 3)}', repeat('${secret}', 10000));
      DELETE FROM customer;
    `)
    const stored = await everythingStored()
    expect(stored).toContain('Amal')
    expect(stored).not.toContain(secret)
    expect(stored).not.toContain(Buffer.from(secret).toString('hex'))
  })

  test('make no event when nothing else was changed, however large they are', async () => {
    await database.query(`INSERT INTO customer (id, name, pin) VALUES (3, 'a', 'b')`)
    expect(await lines(`UPDATE customer SET pin = 'c'`)).toEqual([])
    expect(await lines(`UPDATE customer SET pin = NULL, photo = '\\x00'`)).toEqual([])
    expect(await lines(`UPDATE customer SET photo = decode(repeat('00ff', 200000), 'hex')`)).toEqual([])
    expect(await lines(`UPDATE customer SET pin = 'd', name = name`)).toEqual([])
  })

  test('do not count for the largest row', async () => {
    expect(await lines(`UPDATE customer SET name = 'b' WHERE id = 3`)).toEqual([
      'UPDATE customer {"id": 3, "name": "a", "amount": 1.0} -> {"id": 3, "name": "b", "amount": 1.0}',
    ])
  })

  test('do not hide that 1.0 became 1.00', async () => {
    expect(await lines(`UPDATE customer SET amount = 1.00 WHERE id = 3`)).toHaveLength(1)
  })

  test('are not in the event of a row that jsonb cannot express, which is told by its key', async () => {
    await database.query(`
      CREATE TABLE odd (id int PRIMARY KEY, doc json, pin text);
      SELECT rtbridge.capture_table('odd', '{id}', '{pin}');
      INSERT INTO odd VALUES (1, '"\\u0000"', 'a');`)
    const entries = await journalOf(database, `UPDATE odd SET doc = '{"n": 1e999999}', pin = 'b'`)
    expect(entries).toMatchObject([{ truncated: true, oldRow: '{"id": 1}', newRow: '{"id": 1}' }])
    expect(await everythingStored()).not.toContain('"b"')
  })

  test('stay excluded when their table gets other columns, and when they are dropped', async () => {
    await database.query(`ALTER TABLE customer ADD email text; ALTER TABLE customer DROP photo`)
    expect(await lines(`UPDATE customer SET email = 'e', pin = 'hidden' WHERE id = 3`)).toEqual([
      'UPDATE customer {"id": 3, "name": "b", "email": null, "amount": 1.00} -> {"id": 3, "name": "b", "email": "e", "amount": 1.00}',
    ])
  })

  test('cannot be part of the key, which is journalled whatever is left out', async () => {
    await database.query('CREATE TABLE account (pin text PRIMARY KEY)')
    const sql = `SELECT rtbridge.capture_table('account', '{pin}', '{pin}')`
    await expect(database.query(sql)).rejects.toMatchObject({ code: '23514' })
  })
})
