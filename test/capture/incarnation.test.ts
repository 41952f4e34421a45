import { randomBytes } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { ChangeHistory } from '../../src/capture/change-history.ts'
import { TableRegistry } from '../../src/capture/table-registry.ts'
import { openPool } from '../../src/database/pool.ts'
import type { Cursor } from '../../src/domain/cursor.ts'
import { runAdminSql, withDatabase } from '../support/admin-sql.ts'
import { adminOptions, openTestCapture } from '../support/capture-fixture.ts'
import { createCounterTable, describeChange } from '../support/counter-table.ts'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { openClient } from '../support/open-client.ts'
import { waitFor } from '../support/wait-for.ts'

describeEachMajor('another history', async template => {
  await createCounterTable(template.url)

  /** A copy of the database as it is now; dropped after the test. */
  async function clone(): Promise<string> {
    const name = `clone_${randomBytes(6).toString('hex')}`
    const maintenance = withDatabase(template.url, 'postgres')
    // A template must have no session.
    await waitFor(async () => {
      await template.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()`,
        [template.name],
      )
      await runAdminSql(maintenance, [
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${template.name}'`,
        `CREATE DATABASE ${name} TEMPLATE ${template.name}`,
      ])
      return true
    })
    onTestFinished(() => runAdminSql(maintenance, [`DROP DATABASE ${name} WITH (FORCE)`]))
    return withDatabase(template.url, name)
  }

  /** Writes rows that are read, and returns the last position. */
  async function positionOf(url: string, ids: readonly number[]): Promise<Cursor> {
    const { received, checkpoints, capture } = await openTestCapture(url)
    await runAdminSql(
      url,
      ids.map(id => `INSERT INTO counter VALUES (${id}, 0)`),
    )
    await received(ids.length)
    await waitFor(() => checkpoints.at(-1)?.after === ids.length)
    await capture.close()
    const cursor = checkpoints.at(-1)?.cursor
    if (cursor === undefined) throw new Error('there was no checkpoint')
    return cursor
  }

  async function check(url: string, incarnation: string, cursor: Cursor) {
    const pool = openPool(adminOptions(url), 1)
    onTestFinished(() => pool.close())
    const registry = new TableRegistry()
    return new ChangeHistory({
      pool,
      registry,
      incarnation: () => incarnation,
      now: () => performance.now(),
    }).check(cursor)
  }

  test('begins with a copy of the database: nothing from before is replayed, its cursors are refused', async () => {
    const before = await positionOf(template.url, [1, 2, 3])
    const url = await clone()
    const { starts, changes, received } = await openTestCapture(url)
    const here = starts[0]?.cursor
    if (here === undefined) throw new Error('the capture did not start')
    expect(here.incarnation).not.toBe(before.incarnation)
    await runAdminSql(url, ['INSERT INTO counter VALUES (10, 0)'])
    await received(1)
    expect(changes.map(describeChange)).toEqual(['INSERT 10=0'])
    expect(await check(url, here.incarnation, before)).toBe('incarnation')
    expect(await check(url, here.incarnation, here)).toBe(null)
  })

  test('leaves the rows of the one before readable, and older than every cursor', async () => {
    await positionOf(template.url, [21, 22])
    const url = await clone()
    await openTestCapture(url)
    const client = await openClient(url)
    const { rows } = await client.query(
      `SELECT count(*)::int AS sealed, min(xid::text) AS lowest, max(xid::text) AS highest FROM rtbridge.journal`,
    )
    expect(rows[0].sealed).toBeGreaterThan(1)
    expect([rows[0].lowest, rows[0].highest]).toEqual(['0', '0'])
  })

  test('is told as a gap to a hub that was running meanwhile', async () => {
    const url = await clone()
    const { starts, changes, received } = await openTestCapture(url, { safetyReadMs: 50 })
    await runAdminSql(url, ['INSERT INTO counter VALUES (31, 0)'])
    await received(1)
    // A promoted standby differs in its timeline; the row says what the recorded one was.
    await runAdminSql(url, [
      `UPDATE rtbridge.installation SET timeline = '0000000F'`,
      'INSERT INTO counter VALUES (32, 0)',
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name IN ('rtbridge reader', 'rtbridge helper')`,
    ])
    await waitFor(() => starts.length === 2)
    expect(starts.map(({ gap }) => gap)).toEqual([null, 'incarnation'])
    expect(starts[1]?.cursor.incarnation).not.toBe(starts[0]?.cursor.incarnation)
    await runAdminSql(url, ['INSERT INTO counter VALUES (33, 0)'])
    await waitFor(() => changes.some(change => describeChange(change) === 'INSERT 33=0'))
    const since = changes.slice(changes.findIndex(change => describeChange(change) === 'INSERT 33=0'))
    expect(since.map(describeChange)).toEqual(['INSERT 33=0'])
  })

  test('begins when the journal was made anew, as a restore from a dump does', async () => {
    const url = await clone()
    const before = await positionOf(url, [41])
    await runAdminSql(url, [
      'CREATE TABLE rtbridge.restored (LIKE rtbridge.journal INCLUDING ALL)',
      'INSERT INTO rtbridge.restored OVERRIDING SYSTEM VALUE SELECT * FROM rtbridge.journal',
      `SELECT setval(pg_get_serial_sequence('rtbridge.restored', 'seq'), (SELECT max(seq) FROM rtbridge.journal))`,
      'DROP TABLE rtbridge.journal',
      'ALTER TABLE rtbridge.restored RENAME TO journal',
    ])
    const { starts, received, changes } = await openTestCapture(url, { doorbell: false })
    expect(starts[0]?.cursor.incarnation).not.toBe(before.incarnation)
    await runAdminSql(url, ['INSERT INTO counter VALUES (42, 0)'])
    await received(1)
    expect(changes.map(describeChange)).toEqual(['INSERT 42=0'])
  })

  test('is adopted once, whoever of several hubs comes first', async () => {
    const url = await clone()
    const hubs = await Promise.all([1, 2, 3, 4].map(() => openTestCapture(url)))
    const incarnations = new Set(hubs.map(({ starts }) => starts[0]?.cursor.incarnation))
    expect(incarnations.size).toBe(1)
    await runAdminSql(url, ['INSERT INTO counter VALUES (51, 0)'])
    for (const { received, changes } of hubs) {
      await received(1)
      expect(changes.map(describeChange)).toEqual(['INSERT 51=0'])
    }
  })

  test('is not begun by a mere restart of the hub', async () => {
    const url = await clone()
    const before = await positionOf(url, [61])
    const after = await positionOf(url, [62])
    expect(after.incarnation).toBe(before.incarnation)
    expect(await check(url, after.incarnation, before)).toBe(null)
  })
})
