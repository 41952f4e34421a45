import { expect, test } from 'vitest'
import { openTestCapture } from '../support/capture-fixture.ts'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { openClient } from '../support/open-client.ts'
import { waitFor } from '../support/wait-for.ts'
import { journalLines } from './journal-entries.ts'

describeEachMajor('when a captured table is changed', async database => {
  let made = 0

  /** A captured table with a row, under a name of its own. */
  async function createTable(): Promise<string> {
    const name = `changing_${++made}`
    await database.query(`
      CREATE TABLE ${name} (id int PRIMARY KEY, n int, note text);
      SELECT rtbridge.capture_table('${name}', '{id}', '{}', 512);
      INSERT INTO ${name} VALUES (1, 1, 'a');`)
    return name
  }

  const lines = (work: string) => journalLines(database, work)

  test('a column that is added, renamed, retyped or dropped is seen by the next write', async () => {
    const table = await createTable()
    const work = `
      ALTER TABLE ${table} ADD extra text DEFAULT 'e'; UPDATE ${table} SET n = 2;
      ALTER TABLE ${table} RENAME extra TO more; UPDATE ${table} SET n = 3;
      ALTER TABLE ${table} ALTER n TYPE text; UPDATE ${table} SET n = '4';
      ALTER TABLE ${table} DROP more, DROP note; UPDATE ${table} SET n = '5';`
    expect(await lines(work)).toEqual([
      `UPDATE ${table} {"n": 1, "id": 1, "note": "a", "extra": "e"} -> {"n": 2, "id": 1, "note": "a", "extra": "e"}`,
      `UPDATE ${table} {"n": 2, "id": 1, "more": "e", "note": "a"} -> {"n": 3, "id": 1, "more": "e", "note": "a"}`,
      `UPDATE ${table} {"n": "3", "id": 1, "more": "e", "note": "a"} -> {"n": "4", "id": 1, "more": "e", "note": "a"}`,
      `UPDATE ${table} {"n": "4", "id": 1} -> {"n": "5", "id": 1}`,
    ])
  })

  test('a session that has written before sees the new columns, too', async () => {
    const table = await createTable()
    const client = await openClient(database.url)
    await client.query(`UPDATE ${table} SET n = 2`)
    await client.query({ name: 'write', text: `UPDATE ${table} SET n = n + 1` })
    await database.query(
      `ALTER TABLE ${table} ADD extra int; ALTER TABLE ${table} ALTER note TYPE varchar(10)`,
    )
    const work = () => client.query({ name: 'write', text: `UPDATE ${table} SET n = n + 1` })
    expect(await journalLines(database, work)).toEqual([
      `UPDATE ${table} {"n": 3, "id": 1, "note": "a", "extra": null} -> {"n": 4, "id": 1, "note": "a", "extra": null}`,
    ])
  })

  test('a table that is renamed or moved to another schema keeps the name of its registration', async () => {
    const table = await createTable()
    const work = `ALTER TABLE ${table} RENAME TO ${table}_b; CREATE SCHEMA IF NOT EXISTS elsewhere;
      ALTER TABLE ${table}_b SET SCHEMA elsewhere; UPDATE elsewhere.${table}_b SET n = 2`
    expect(await lines(work)).toEqual([
      `UPDATE ${table} {"n": 1, "id": 1, "note": "a"} -> {"n": 2, "id": 1, "note": "a"}`,
    ])
  })

  test('a table without its primary key, or with its key column renamed or dropped, is written to as before', async () => {
    const table = await createTable()
    const work = `
      ALTER TABLE ${table} DROP CONSTRAINT ${table}_pkey; UPDATE ${table} SET n = 2; UPDATE ${table} SET note = repeat('x', 600);
      ALTER TABLE ${table} RENAME id TO code; UPDATE ${table} SET n = 3;
      ALTER TABLE ${table} DROP code; UPDATE ${table} SET n = 4;`
    expect(await lines(work)).toEqual([
      `UPDATE ${table} {"n": 1, "id": 1, "note": "a"} -> {"n": 2, "id": 1, "note": "a"}`,
      `UPDATE ${table} {"id": 1} -> {"id": 1} (truncated)`,
      `UPDATE ${table} (truncated)`,
      `UPDATE ${table} (truncated)`,
    ])
  })

  test('an owner that changes leaves the capture as it was', async () => {
    const table = await createTable()
    const work = `ALTER TABLE ${table} OWNER TO pg_monitor; UPDATE ${table} SET n = 2`
    expect(await lines(work)).toHaveLength(1)
  })

  test('no write fails, and every one is delivered, while the table is changed under load', async () => {
    const table = await createTable()
    const capture = await openTestCapture(database.url)
    const writers = await Promise.all([1, 2, 3].map(() => openClient(database.url)))
    let stopped = false
    let written = 0
    const load = writers.map(async (client, writer) => {
      for (let i = 0; !stopped; i++) {
        const id = 1_000 + writer * 100_000 + i
        await client.query(`INSERT INTO ${table} (id) VALUES ($1)`, [id])
        await client.query(`UPDATE ${table} SET id = -id WHERE id = $1`, [id])
        written += 2
      }
    })
    const changes = [
      'ADD extra text',
      `ALTER extra SET DEFAULT 'x'`,
      'RENAME note TO remark',
      'ALTER n TYPE bigint',
      'DROP extra',
      `DROP CONSTRAINT ${table}_pkey`,
      'ADD PRIMARY KEY (id)',
    ]
    for (const change of changes) {
      const before = written
      await database.query(`ALTER TABLE ${table} ${change}`)
      await waitFor(() => written > before + 6)
    }
    await database.query(`SELECT rtbridge.capture_table('${table}', '{id}', '{remark}')`)
    stopped = true
    await expect(Promise.all(load)).resolves.toBeDefined()
    await capture.received(written)
    expect(capture.changes).toHaveLength(written)
  })
})
