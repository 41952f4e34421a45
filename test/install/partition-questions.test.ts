import { expect, test } from 'vitest'
import { readSql } from '../../src/database/sql-file.ts'
import { readTables } from '../../src/install/catalogue.ts'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { openClient } from '../support/open-client.ts'
import { install, openAdmin } from './install-fixture.ts'

describeEachMajor('what is asked about a table of nested partitions', async database => {
  const { url } = database
  await database.query(`
    CREATE TABLE trip (id int, day int) PARTITION BY LIST (day);
    CREATE TABLE trip_week PARTITION OF trip FOR VALUES IN (1, 2) PARTITION BY LIST (day);
    CREATE TABLE trip_1 PARTITION OF trip_week FOR VALUES IN (1);
    CREATE TABLE trip_2 PARTITION OF trip_week FOR VALUES IN (2);
    CREATE TABLE trip_3 PARTITION OF trip FOR VALUES IN (3)`)
  await install(url, { trip: {} })

  const oid = async (table: string) =>
    (await database.query<{ oid: string }>('SELECT $1::regclass::oid::text AS oid', [table])).rows[0]?.oid

  const openWriters = async (table: string) =>
    (await database.query(readSql('query/list_open_writers.sql'), [await oid(table)])).rows

  async function enabled(): Promise<boolean[]> {
    const trip = (await readTables(await openAdmin(url))).find(({ name }) => name === 'trip')
    return (trip?.triggers ?? []).map(trigger => trigger.enabled)
  }

  /** Of the trigger of INSERT on a partition of a partition. */
  async function switchTrigger(state: 'DISABLE' | 'ENABLE'): Promise<void> {
    const { rows } = await database.query<{ name: string }>(
      `SELECT tgname AS name FROM pg_trigger WHERE tgrelid = 'trip_1'::regclass AND tgtype & 4 > 0`,
    )
    await database.query(`ALTER TABLE trip_1 ${state} TRIGGER "${rows[0]?.name}"`)
  }

  test('tells that a trigger is disabled on a partition of a partition', async () => {
    expect(await enabled()).toEqual([true, true, true, true])
    await switchTrigger('DISABLE')
    expect((await enabled()).filter(each => !each)).toHaveLength(1)
    await switchTrigger('ENABLE')
  })

  test('names every partition, at any depth, whose TRUNCATE is not seen', async () => {
    const { rows } = await database.query(readSql('query/list_uncaptured_kin.sql'))
    expect(rows.map(({ kind, relation, captured }) => `${kind} ${relation} ${captured}`)).toEqual(
      ['trip_1', 'trip_2', 'trip_3', 'trip_week'].map(name => `truncate public.${name} public.trip`),
    )
  })

  test('names who writes to a partition of a partition, for that and for what is above it only', async () => {
    const writer = await openClient(url)
    await writer.query('INSERT INTO trip_1 VALUES (1, 1)')
    await writer.query('BEGIN; INSERT INTO trip_1 VALUES (2, 1)')
    const named = [{ who: expect.stringContaining('rtbridge test writer'), seconds: expect.any(String) }]
    expect(await openWriters('trip')).toEqual(named)
    expect(await openWriters('trip_week')).toEqual(named)
    expect(await openWriters('trip_1')).toEqual(named)
    expect(await openWriters('trip_2')).toEqual([])
    expect(await openWriters('trip_3')).toEqual([])
    await writer.query('COMMIT')
  })

  test('is answered while another session has locked the partitions', async () => {
    // Only then is it asked where on which partition it is.
    await switchTrigger('DISABLE')
    const holder = await openClient(url)
    await holder.query('BEGIN; LOCK TABLE ONLY trip_week, trip_1, trip_2, trip_3 IN ACCESS EXCLUSIVE MODE')
    const client = await openClient(url)
    // A judge of whether it waits at all: the locks are there until the test is over.
    await client.query(`SET statement_timeout = '10s'`)
    await client.query('BEGIN')
    const tables = await client.query(readSql('query/list_tables.sql'))
    const kin = await client.query(readSql('query/list_uncaptured_kin.sql'))
    const writers = await client.query(readSql('query/list_open_writers.sql'), [await oid('trip')])
    expect([tables, kin, writers].every(({ rows }) => rows.length > 0)).toBe(true)
    const locked = await client.query(
      `SELECT relation::regclass::text AS name FROM pg_locks
       WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation::regclass::text LIKE 'trip%'`,
    )
    expect(locked.rows).toEqual([])
    await client.query('COMMIT')
    await holder.query('ROLLBACK')
  })
})
