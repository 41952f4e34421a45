import { expect, test } from 'vitest'
import { openTestCapture } from '../support/capture-fixture.ts'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { openClient } from '../support/open-client.ts'
import { createPlainRole } from '../support/plain-role.ts'
import { journalLines } from './journal-entries.ts'

describeEachMajor('rtbridge.publish', async database => {
  const role = await createPlainRole(database, 'publisher')
  const lines = (work: string | (() => Promise<unknown>)) => journalLines(database, work)

  test('emits an event of an ordinary role, with data and a room, without them, and by name', async () => {
    const client = await openClient(role.url)
    const work = () =>
      client.query(`
        SELECT rtbridge.publish('SYSTEM_WARNING', '{"text": "low", "n": 1.10}', 'desk:1');
        SELECT rtbridge.publish('HELLO');
        SELECT rtbridge.publish('A.b-c:d_1', room => 'all', data => '[1]');
        SELECT rtbridge.publish(repeat('x', 100), NULL, repeat('é', 200));`)
    expect(await lines(work)).toEqual([
      'PUBLISH {"data": {"n": 1.10, "text": "low"}, "room": "desk:1", "event_type": "SYSTEM_WARNING"}',
      'PUBLISH {"data": {}, "room": null, "event_type": "HELLO"}',
      'PUBLISH {"data": [1], "room": "all", "event_type": "A.b-c:d_1"}',
      `PUBLISH {"data": {}, "room": "${'é'.repeat(200)}", "event_type": "${'x'.repeat(100)}"}`,
    ])
  })

  test('returns the position in the journal', async () => {
    const { rows } = await database.query<{ seq: string }>(`SELECT rtbridge.publish('HELLO') AS seq`)
    const { rows: found } = await database.query('SELECT op FROM rtbridge.journal WHERE seq = $1', [
      rows[0]?.seq,
    ])
    expect(found).toEqual([{ op: 'P' }])
  })

  test.each([
    ['no event type', 'NULL', '22023'],
    ['an empty event type', `''`, '22023'],
    ['an event type that starts with a digit', `'1A'`, '22023'],
    ['an event type with a space', `'A B'`, '22023'],
    ['an event type with a line break after it', `E'A\\n'`, '22023'],
    ['an event type of 101 characters', `repeat('x', 101)`, '22023'],
    ['an event type that is a row change', `'UPDATE'`, '22023'],
    ['a room of 201 characters', `'A', '{}', repeat('x', 201)`, '22023'],
    ['data above 1 MiB', `'A', to_jsonb(repeat('x', 1048577))`, '54000'],
    ['data that prints more than 1 MiB', `'A', to_jsonb(array_fill('1e131000'::numeric, ARRAY[9]))`, '54000'],
  ])('refuses %s, and says what to do', async (_, values, code) => {
    const failed = database.query(`SELECT rtbridge.publish(${values})`)
    await expect(failed).rejects.toMatchObject({ code, hint: expect.stringMatching(/\w.*\.$/) })
  })

  test('measures data that come compressed from a table by their real size', async () => {
    await database.query(`
      CREATE TABLE draft AS SELECT to_jsonb(repeat('x', 5000000)) AS body;`)
    const { rows } = await database.query<{ stored: number }>(
      'SELECT pg_column_size(body) AS stored FROM draft',
    )
    expect(rows[0]?.stored).toBeLessThan(1_048_576)
    const failed = database.query(`SELECT rtbridge.publish('A', body) FROM draft`)
    await expect(failed).rejects.toMatchObject({ code: '54000' })
  })

  test('takes the event away when the transaction is rolled back', async () => {
    const client = await openClient(role.url)
    const work = async () => {
      await client.query(
        `BEGIN; SELECT rtbridge.publish('A'); SAVEPOINT s; SELECT rtbridge.publish('B'); ROLLBACK TO s`,
      )
      await client.query(`COMMIT; BEGIN; SELECT rtbridge.publish('C'); ROLLBACK`)
    }
    expect(await lines(work)).toEqual(['PUBLISH {"data": {}, "room": null, "event_type": "A"}'])
  })

  test('stands in order among the row changes of its transaction', async () => {
    await database.query(
      `CREATE TABLE parcel (id int PRIMARY KEY); SELECT rtbridge.capture_table('parcel', '{id}')`,
    )
    const work = `INSERT INTO parcel VALUES (1); SELECT rtbridge.publish('SENT'); DELETE FROM parcel`
    expect((await lines(work)).map(line => line.split(' ')[0])).toEqual(['INSERT', 'PUBLISH', 'DELETE'])
  })

  test('is delivered with its origin, and wakes a hub that sleeps', async () => {
    const capture = await openTestCapture(database.url, { safetyReadMs: 3_600_000 })
    const client = await openClient(role.url)
    await client.query(`BEGIN; SET LOCAL rtbridge.origin = 'cron'; SELECT rtbridge.publish('NIGHT'); COMMIT`)
    const [change] = await capture.received(1)
    expect(change).toMatchObject({
      op: 'PUBLISH',
      origin: 'cron',
      newRow: '{"data": {}, "room": null, "event_type": "NIGHT"}',
      oldRow: null,
      truncated: false,
    })
  })

  test('can be narrowed by the owner', async () => {
    const client = await openClient(role.url)
    await database.query('REVOKE EXECUTE ON FUNCTION rtbridge.publish(text, jsonb, text) FROM PUBLIC')
    await expect(client.query(`SELECT rtbridge.publish('A')`)).rejects.toMatchObject({ code: '42501' })
    await database.query('GRANT EXECUTE ON FUNCTION rtbridge.publish(text, jsonb, text) TO PUBLIC')
  })
})
