import { expect, test } from 'vitest'
import { formatCursor } from '../../src/domain/cursor.ts'
import { makePlan, openAdmin } from '../install/install-fixture.ts'
import { openTestCapture } from '../support/capture-fixture.ts'
import { createCounterTable, describeChange } from '../support/counter-table.ts'
import { openClient } from '../support/open-client.ts'
import { startServer } from '../support/start-server.ts'
import { waitFor } from '../support/wait-for.ts'

const server = await startServer({ settings: { max_prepared_transactions: '10' } })
const url = server.url()

test('of 10,000 savepoints, half of them rolled back, the other half is delivered, in order and at one checkpoint', async () => {
  await createCounterTable(url)
  const hub = await openTestCapture(url)
  const writer = await openClient(url)
  await writer.query('BEGIN')
  for (let from = 0; from < 10_000; from += 500) {
    const steps = Array.from({ length: 500 }, (_, i) => {
      const id = from + i
      const end = id % 2 === 0 ? 'RELEASE s' : 'ROLLBACK TO s'
      return `SAVEPOINT s; INSERT INTO counter VALUES (${id}, 0); ${end}`
    })
    await writer.query(steps.join(';'))
  }
  await writer.query('COMMIT')
  await hub.received(5_000)
  expect(hub.changes.map(describeChange)).toEqual(
    Array.from({ length: 5_000 }, (_, i) => `INSERT ${2 * i}=0`),
  )
  await waitFor(() => hub.checkpoints.some(({ after }) => after === 5_000))
  expect(hub.checkpoints.filter(({ after }) => after > 0 && after < 5_000)).toEqual([])
})

test('savepoints that are open keep the position short: it names transactions, not their parts', async () => {
  await createCounterTable(url)
  const hub = await openTestCapture(url)
  const nested = await openClient(url)
  const steps = Array.from(
    { length: 1_000 },
    (_, i) => `SAVEPOINT s${i}; INSERT INTO counter VALUES (${i}, 0)`,
  )
  await nested.query(`BEGIN; ${steps.join(';')}`)
  const other = await openClient(url)
  await other.query('INSERT INTO counter VALUES (5000, 0)')
  await hub.received(1)
  const { cursor } = await waitFor(() => hub.checkpoints.find(({ after }) => after === 1))
  expect(formatCursor(cursor).length).toBeLessThan(100)
  await nested.query('COMMIT')
  expect((await hub.received(1_001)).length).toBe(1_001)
})

test('a transaction that is open while 20,000 others pass delays only itself, and positions stay short', async () => {
  await createCounterTable(url)
  const hub = await openTestCapture(url)
  const [open, busy] = [await openClient(url), await openClient(url)]
  await open.query('BEGIN; INSERT INTO counter VALUES (0, 0)')
  // The server's disk is not what is measured.
  await busy.query('SET synchronous_commit = off')
  await busy.query(
    'DO $$ BEGIN FOR i IN 1..20000 LOOP INSERT INTO counter VALUES (i, 0); COMMIT; END LOOP; END $$',
  )
  await hub.received(20_000, 30_000)
  const lengths = hub.checkpoints.map(({ cursor }) => formatCursor(cursor).length)
  expect(Math.max(...lengths)).toBeLessThan(100)
  await open.query('COMMIT')
  const changes = await hub.received(20_001)
  expect(describeChange(changes.at(-1) ?? expect.fail('nothing came'))).toBe('INSERT 0=0')
  expect(new Set(changes.map(describeChange)).size).toBe(20_001)
})

test.each(['fast', 'kill'] as const)(
  'a prepared transaction that is committed after a restart (%s) of the server is delivered once, and holds nothing up',
  async how => {
    await createCounterTable(url)
    const hub = await openTestCapture(url, { doorbell: false })
    const before = await openClient(url)
    await before.query(`BEGIN; INSERT INTO counter VALUES (1, 0); PREPARE TRANSACTION 'one'`)
    await before.query(`BEGIN; INSERT INTO counter VALUES (2, 0); PREPARE TRANSACTION 'two'`)
    await before.query('INSERT INTO counter VALUES (3, 0)')
    await hub.received(1)
    if (how === 'kill') await server.kill()
    else await server.stop()
    await server.start()
    const after = await openClient(url)
    await after.query('INSERT INTO counter VALUES (4, 0)')
    await after.query(`COMMIT PREPARED 'one'`)
    await after.query(`ROLLBACK PREPARED 'two'`)
    await hub.received(3)
    await after.query('INSERT INTO counter VALUES (5, 0)')
    await hub.received(4)
    expect(hub.changes.map(describeChange).sort()).toEqual(['1', '3', '4', '5'].map(id => `INSERT ${id}=0`))
    expect(hub.starts).toHaveLength(1)
  },
)

test('while a hub sleeps behind its doorbell PREPARE fails as after any NOTIFY, of which the installer warns; what is rolled back harms nobody', async () => {
  await createCounterTable(url)
  const hub = await openTestCapture(url)
  const writer = await openClient(url)
  const prepare = (id: number) =>
    writer
      .query(`BEGIN; INSERT INTO counter VALUES (${id}, 0)`)
      .then(() => writer.query(`PREPARE TRANSACTION 'late'`))
  // The hub is asleep when it has armed the doorbell, which refuses the lock to others.
  await waitFor(async () => {
    const { rows } = await writer.query('SELECT pg_try_advisory_xact_lock_shared(1920229746, 1) AS awake')
    return rows[0].awake === false
  })
  await expect(prepare(1)).rejects.toMatchObject({ code: '0A000' })
  await writer.query('ROLLBACK')
  await writer.query('INSERT INTO counter VALUES (2, 0)')
  expect((await hub.received(1)).map(describeChange)).toEqual(['INSERT 2=0'])
  const { notes } = await makePlan(await openAdmin(url), { counter: {} })
  expect(notes.join()).toContain('doorbell: off')
})

test('a row of 200 MB is delivered by its key, and the hub needs no memory for it', async () => {
  const writer = await openClient(url)
  await writer.query(`
    DROP TABLE IF EXISTS scan;
    CREATE TABLE scan (id int PRIMARY KEY, n int, page text);
    ALTER TABLE scan ALTER page SET STORAGE EXTERNAL;
    SELECT rtbridge.capture_table('scan', '{id}')`)
  const hub = await openTestCapture(url)
  const before = process.memoryUsage().rss
  await writer.query(`INSERT INTO scan VALUES (1, 0, repeat('0123456789', 20971520))`)
  await writer.query('UPDATE scan SET n = 1')
  await writer.query('DELETE FROM scan')
  const changes = await hub.received(3)
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1_048_576)
  expect(changes.map(({ op, truncated, oldRow, newRow }) => [op, truncated, oldRow, newRow])).toEqual([
    ['INSERT', true, null, '{"id": 1}'],
    ['UPDATE', true, '{"id": 1}', '{"id": 1}'],
    ['DELETE', true, '{"id": 1}', null],
  ])
})
