import { expect, test } from 'vitest'
import { openTestCapture } from '../support/capture-fixture.ts'
import { createCounterTable, describeChange } from '../support/counter-table.ts'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { openClient } from '../support/open-client.ts'

describeEachMajor('the order of what is delivered', async database => {
  await createCounterTable(database.url)

  async function openCapture() {
    await database.query('TRUNCATE counter')
    return openTestCapture(database.url)
  }

  test('gives a transaction that commits late after those that overtook it, once', async () => {
    const late = await openClient(database.url)
    const { received, changes } = await openCapture()
    await late.query('BEGIN')
    await late.query('INSERT INTO counter VALUES (1, 1)')
    await database.query('INSERT INTO counter VALUES (2, 1)')
    await received(1)
    await late.query('COMMIT')
    await received(2)
    await database.query('INSERT INTO counter VALUES (3, 1)')
    await received(3)
    expect(changes.map(describeChange)).toEqual(['INSERT 2=1', 'INSERT 1=1', 'INSERT 3=1'])
    const seqs = changes.map(({ seq }) => BigInt(seq))
    expect((seqs[1] ?? 0n) < (seqs[0] ?? 0n)).toBe(true)
  })

  test('keeps the order of one row, whoever waits for whom', async () => {
    const [first, second] = [await openClient(database.url), await openClient(database.url)]
    const { received } = await openCapture()
    await database.query('INSERT INTO counter VALUES (1, 0)')
    // The second one's transaction and its first change are older than the first one's.
    await second.query('BEGIN')
    await second.query('INSERT INTO counter VALUES (2, 0)')
    await first.query('BEGIN')
    await first.query('UPDATE counter SET n = 1 WHERE id = 1')
    const waiting = second.query('UPDATE counter SET n = n + 1 WHERE id = 1')
    await first.query('COMMIT')
    await waiting
    await second.query('COMMIT')
    const changes = await received(4)
    const ofRow1 = changes.filter(change => /"id": 1\b/.test(change.newRow ?? ''))
    expect(ofRow1.map(describeChange)).toEqual(['INSERT 1=0', 'UPDATE 1=1', 'UPDATE 1=2'])
  })

  test('gives nothing of a rolled back transaction or savepoint', async () => {
    const writer = await openClient(database.url)
    const { received, changes } = await openCapture()
    await writer.query('BEGIN; INSERT INTO counter VALUES (1, 1); ROLLBACK')
    await writer.query('BEGIN; INSERT INTO counter VALUES (2, 1)')
    for (let i = 10; i < 30; i++) {
      await writer.query(`SAVEPOINT s; INSERT INTO counter VALUES (${i}, 1)`)
      await writer.query(i % 2 === 0 ? 'ROLLBACK TO s' : 'RELEASE s')
    }
    await writer.query('INSERT INTO counter VALUES (3, 1); COMMIT')
    await writer.query(`DO $$ BEGIN
      INSERT INTO counter VALUES (4, 1);
      BEGIN INSERT INTO counter VALUES (5, 1), (4, 1); EXCEPTION WHEN unique_violation THEN NULL; END;
    END $$`)
    await received(13)
    await writer.query('INSERT INTO counter VALUES (6, 1)')
    await received(14)
    const odd = Array.from({ length: 10 }, (_, i) => 11 + 2 * i)
    expect(changes.map(describeChange)).toEqual([2, ...odd, 3, 4, 6].map(id => `INSERT ${id}=1`))
  })

  test('gives a transaction whole, with a checkpoint after it', async () => {
    const { received, checkpoints, changes } = await openCapture()
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let i = 0; i < 20; i++) {
        await database.query('INSERT INTO counter SELECT $1::int + k, 1 FROM generate_series(1, 7) k', [
          writer * 1_000 + i * 10,
        ])
      }
    })
    await Promise.all(writers)
    await received(8 * 20 * 7)
    for (const { after } of checkpoints) {
      expect(changes[after - 1]?.xid === changes[after]?.xid && after > 0).toBe(false)
    }
    expect(new Set(changes.map(({ xid }) => xid)).size).toBe(160)
  })
})
