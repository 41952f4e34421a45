import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { ChangeHistory } from '../../src/capture/change-history.ts'
import { identifyHistory } from '../../src/capture/incarnation.ts'
import { readJournalGauges } from '../../src/capture/journal-gauges.ts'
import { TableRegistry } from '../../src/capture/table-registry.ts'
import { type Connection, openConnection } from '../../src/database/connection.ts'
import { openPool } from '../../src/database/pool.ts'
import type { Cursor } from '../../src/domain/cursor.ts'
import { adminOptions } from '../support/capture-fixture.ts'
import { pruneAll } from '../support/prune-all.ts'
import { waitFor } from '../support/wait-for.ts'
import { describeOwnServer } from './describe-own-server.ts'

describeOwnServer('the journal is measured', async database => {
  await database.query(`CREATE TABLE note (id serial PRIMARY KEY, body text)`)
  await database.query(`SELECT rtbridge.capture_table('note', '{id}')`)
  beforeEach(async () => {
    await database.query(`
      TRUNCATE rtbridge.journal;
      UPDATE rtbridge.installation SET installed_at = '2020-01-01 00:00Z';
      UPDATE rtbridge.retention SET keep = '24 hours', max_bytes = 1073741824, pruned_xid = '0', lost_xid = '0', pruned_until = NULL`)
  })

  const insert = (rows: number) =>
    database.query(`INSERT INTO note (body) SELECT repeat('x', 1000) FROM generate_series(1, $1::int)`, [
      rows,
    ])
  const gauges = async () => readJournalGauges(await open())
  const resumableSince = async () => (await gauges()).resumableSince

  async function open(): Promise<Connection> {
    const session = await openConnection(adminOptions(database.url), 'test')
    onTestFinished(() => session.close())
    return session
  }

  /** A client's position, and when it was taken. */
  async function visit(): Promise<{ cursor: Cursor; at: string }> {
    const session = await open()
    const { incarnation, snapshot } = await identifyHistory(session)
    return { cursor: { incarnation, snapshot, inBatch: null }, at: (await gauges()).measuredAt }
  }

  async function gapOf({ cursor }: { cursor: Cursor }): Promise<string | null> {
    const pool = openPool(adminOptions(database.url), 1)
    onTestFinished(() => pool.close())
    const { incarnation } = cursor
    const history = new ChangeHistory({
      pool,
      registry: new TableRegistry(),
      incarnation: () => incarnation,
      now: () => 0,
    })
    return history.check(cursor)
  }

  test('in rows and bytes, against its limits', async () => {
    await insert(1_000)
    await database.query('ANALYZE rtbridge.journal')
    await waitFor(async () => (await gauges()).rows >= 1_000)
    const { bytes, liveBytes, keepMs, maxBytes } = await gauges()
    expect(liveBytes).toBeGreaterThan(900_000)
    expect(bytes).toBeGreaterThanOrEqual(liveBytes)
    expect({ keepMs, maxBytes }).toEqual({ keepMs: 86_400_000, maxBytes: 1_073_741_824 })
  })

  test('and reaches back to the beginning of its history while nothing is gone', async () => {
    expect(await resumableSince()).toBe('2020-01-01T00:00:00.000Z')
    const early = await visit()
    await insert(1)
    expect(await resumableSince()).toBe('2020-01-01T00:00:00.000Z')
    expect(await gapOf(early)).toBe(null)
  })

  test('and reaches back as far as before when only canaries are gone, which were for nobody', async () => {
    const early = await visit()
    await database.query(`INSERT INTO rtbridge.canary (hub_id, beat) VALUES ('gauge', 1)`)
    await pruneAll(database)
    expect(await gapOf(early)).toBe(null)
    expect(await resumableSince()).toBe('2020-01-01T00:00:00.000Z')
    await database.query(`UPDATE rtbridge.canary SET beat = 2 WHERE hub_id = 'gauge'`)
    await insert(1)
    await database.query(`UPDATE rtbridge.canary SET beat = 3 WHERE hub_id = 'gauge'`)
    await pruneAll(database)
    expect(await gapOf(early)).toBe('retention')
  })

  test('and reaches back to the newest row that is gone, also when it is empty, and does not move after that', async () => {
    const early = await visit()
    await insert(5)
    const late = await visit()
    await pruneAll(database)
    const since = await resumableSince()
    expect((await gauges()).oldest).toBe(null)
    // Within the same millisecond they are equal.
    expect(early.at <= since && since <= late.at).toBe(true)
    expect([await gapOf(early), await gapOf(late)]).toEqual(['retention', null])
    expect(await resumableSince()).toBe(since)
  })

  test('and knows how far it reaches when it was pruned by size', async () => {
    const early = await visit()
    await insert(2_000)
    const late = await visit()
    await insert(50)
    await database.query('UPDATE rtbridge.retention SET max_bytes = 100000')
    await database.query('ANALYZE rtbridge.journal')
    // PostgreSQL counts rows a little later than they come.
    await waitFor(async () => {
      const { rows } = await database.query<{ gone: number }>('SELECT rtbridge.prune(2000) AS gone')
      return rows[0]?.gone === 2_000
    })
    const since = await resumableSince()
    // Within the same millisecond they are equal.
    expect(early.at <= since && since <= late.at).toBe(true)
    expect([await gapOf(early), await gapOf(late)]).toEqual(['retention', null])
  })

  test('and begins anew with another history', async () => {
    await insert(5)
    await pruneAll(database)
    await database.query(`UPDATE rtbridge.installation SET timeline = 'elsewhere'`)
    const before = (await gauges()).measuredAt
    const session = await open()
    expect((await identifyHistory(session)).adopted).toBe(true)
    expect((await resumableSince()) >= before).toBe(true)
    const { rows } = await database.query('SELECT pruned_until FROM rtbridge.retention')
    expect(rows).toEqual([{ pruned_until: null }])
  })

  test('and writers and readers do not wait for a purge', async () => {
    await insert(10)
    const purge = await open()
    await purge.query('BEGIN')
    await database.query(`UPDATE rtbridge.retention SET keep = '0'`)
    const [purged] = await purge.query('SELECT rtbridge.prune(5) AS rows')
    expect(purged).toEqual({ rows: '5' })
    await database.query(
      `SET lock_timeout = '1s'; INSERT INTO note (body) SELECT 'y' FROM generate_series(1, 3000); RESET lock_timeout`,
    )
    expect((await gauges()).oldest).not.toBe(null)
    await purge.query('COMMIT')
  })
})
