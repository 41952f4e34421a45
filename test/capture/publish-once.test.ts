import { expect, test } from 'vitest'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { openClient } from '../support/open-client.ts'
import { createPlainRole } from '../support/plain-role.ts'
import { waitFor } from '../support/wait-for.ts'

describeEachMajor('rtbridge.publish_once', async database => {
  const role = await createPlainRole(database, 'stranger')
  const once = (key: string, data = '1') =>
    `SELECT rtbridge.publish_once('NOTE', '${data}', NULL, sha256('${key}')) AS seq`
  const seqOf = async (sql: string, client: Pick<typeof database, 'query'> = database) =>
    (await client.query<{ seq: string }>(sql)).rows[0]?.seq
  const stored = async (data: string) =>
    (
      await database.query<{ seq: string }>(
        `SELECT seq FROM rtbridge.journal WHERE op = 'P' AND new_row -> 'data' = '${data}'`,
      )
    ).rows.map(({ seq }) => seq)
  const keys = async () =>
    Number((await database.query<{ n: string }>('SELECT count(*) AS n FROM rtbridge.publish_key')).rows[0]?.n)

  test('stores an event once for a key, whatever comes with it, and gives the same position again', async () => {
    const seq = await seqOf(once('a', '10'))
    expect(await seqOf(once('a', '11'))).toBe(seq)
    expect(await seqOf(once('b', '11'))).not.toBe(seq)
    expect([await stored('10'), (await stored('11')).length]).toEqual([[seq], 1])
  })

  test('waits for another session with the same key, and stores nothing when that one does', async () => {
    const [first, second] = [await openClient(database.url), await openClient(database.url)]
    await first.query('BEGIN')
    const seq = await seqOf(once('c', '20'), first)
    let isAnswered = false
    const waiting = seqOf(once('c', '20'), second).finally(() => {
      isAnswered = true
    })
    await waitFor(async () => {
      const { rows } = await database.query('SELECT FROM pg_locks WHERE NOT granted')
      return rows.length > 0
    })
    expect(isAnswered).toBe(false)
    await first.query('COMMIT')
    expect(await waiting).toBe(seq)
    expect(await stored('20')).toEqual([seq])
  })

  test('stores the event of the one that waited when the other is rolled back', async () => {
    const [first, second] = [await openClient(database.url), await openClient(database.url)]
    await first.query('BEGIN')
    const lost = await seqOf(once('d', '30'), first)
    const waiting = seqOf(once('d', '30'), second)
    await waitFor(async () => {
      const { rows } = await database.query('SELECT FROM pg_locks WHERE NOT granted')
      return rows.length > 0
    })
    await first.query('ROLLBACK')
    const seq = await waiting
    expect(seq).not.toBe(lost)
    expect(await stored('30')).toEqual([seq])
  })

  test('keeps no key of an event that was refused', async () => {
    const refused = database.query(`SELECT rtbridge.publish_once('1', '1', NULL, sha256('e'))`)
    await expect(refused).rejects.toMatchObject({ code: '22023' })
    await seqOf(once('e', '40'))
    expect(await stored('40')).toHaveLength(1)
  })

  test('forgets a key that is past retention: by pruning, and with every new one two', async () => {
    await database.query('DELETE FROM rtbridge.publish_key')
    for (let n = 0; n < 7; n++) await database.query(once(`old-${n}`))
    await database.query(`UPDATE rtbridge.publish_key SET at = at - interval '25 hours'`)
    await database.query(once('new'))
    expect(await keys()).toBe(6)
    const { rows } = await database.query('SELECT rtbridge.prune_publish_keys(3) AS rows')
    expect([rows, await keys()]).toEqual([[{ rows: 3 }], 3])
    await database.query('SELECT rtbridge.prune_publish_keys(100)')
    expect(await keys()).toBe(1)
    expect(await seqOf(once('old-1', '50'))).toBe((await stored('50'))[0])
  })

  test('is not for other roles: they can neither ask for keys nor use them up', async () => {
    const client = await openClient(role.url)
    for (const sql of [
      once('f'),
      'SELECT FROM rtbridge.publish_key',
      'SELECT rtbridge.prune_publish_keys(1)',
    ]) {
      await expect(client.query(sql)).rejects.toMatchObject({ code: '42501' })
    }
    await client.query(`SELECT rtbridge.publish('HELLO')`)
  })
})
