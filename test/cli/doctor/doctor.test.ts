import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { checkNames } from '../../../src/cli/doctor/examine.ts'
import { openTestDaemon } from '../../support/daemon-fixture.ts'
import { matrixMajors } from '../../support/majors.ts'
import { startServer } from '../../support/start-server.ts'
import { createAilingDatabase } from './ailing-database.ts'

const server = await startServer({
  prepare: false,
  settings: { max_prepared_transactions: '5', wal_level: 'logical' },
})

describe('rtbridge doctor', () => {
  test('has nothing to say about what is well, and says that it looked', async () => {
    const database = await createAilingDatabase(server)
    await (await openTestDaemon(database.url)).daemon.live
    const { code, stdout, stderr } = await database.run('doctor')
    expect(stdout).toMatch(/^ok: \d+ checks: \d+ skipped, \d+ ok\n/)
    expect(stdout).toMatch(/\nok +tables +3 tables captured as configured\n/)
    expect(stderr).toBe('')
    expect(code).toBe(0)
  })

  test('says when the database cannot be reached, and what it could not look at', async () => {
    const database = await createAilingDatabase(server)
    await server.stop()
    try {
      const { code, stdout } = await database.run('doctor')
      expect(code).toBe(5)
      expect(stdout).toMatch(/^problem: /)
      expect(stdout).toContain('RTB_DATABASE_REFUSED')
      expect(stdout).toMatch(/\nskipped +tables +the database was not reached\n/)
    } finally {
      await server.start()
    }
  })

  test('tells that nothing is installed, and what installs it', async () => {
    const database = await createAilingDatabase(server)
    await database.run('uninstall-triggers', '--yes')
    expect(await database.look('schema')).toMatchObject({
      state: 'problem',
      found: expect.stringContaining('RTB_INSTALL_MISSING'),
      findings: [{ fix: 'rtbridge install-triggers' }],
    })
    expect(await database.look('tables')).toMatchObject({ state: 'skipped', found: 'nothing is installed' })
  })

  test.each(matrixMajors())('asks every question on PostgreSQL %i', async major => {
    const other = await startServer({ major, prepare: false, settings: { wal_level: 'logical' } })
    const database = await createAilingDatabase(other)
    await (await openTestDaemon(database.url)).daemon.live
    const { code, stdout } = await database.run('doctor')
    expect(stdout).toMatch(/^ok: \d+ checks: \d+ skipped, \d+ ok\n/)
    expect(code).toBe(0)
  })

  test('has every check documented', () => {
    const document = readFileSync(new URL('../../../docs/doctor.md', import.meta.url), 'utf8')
    expect([...document.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name)).toEqual(checkNames)
  })

  test('changes nothing', async () => {
    const database = await createAilingDatabase(server)
    await database.run('doctor')
    await database.sql(
      `DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM rtbridge.journal); ASSERT NOT EXISTS (SELECT FROM orders); END $$`,
    )
  })
})

interface Fault {
  readonly title: string
  readonly cause: readonly string[]
  readonly check: string
  readonly state: 'warning' | 'problem'
  readonly says: string
  /** What to undo after the test: it outlives the database. */
  readonly after?: readonly string[]
}

const faults: readonly Fault[] = [
  {
    title: 'a table that is not captured',
    cause: [`SELECT rtbridge.release_table('orders')`],
    check: 'tables',
    state: 'problem',
    says: 'capture orders (no longer captured',
  },
  {
    title: 'a disabled trigger',
    cause: ['ALTER TABLE orders DISABLE TRIGGER "!rtbridge_update"'],
    check: 'tables',
    state: 'problem',
    says: 'capture orders (trigger !rtbridge_update is disabled',
  },
  {
    title: 'a trigger that is disabled on a partition only',
    cause: ['ALTER TABLE visits_1 DISABLE TRIGGER ALL'],
    check: 'tables',
    state: 'problem',
    says: 'capture visits (trigger !rtbridge_delete',
  },
  {
    title: 'a dropped trigger',
    cause: ['DROP TRIGGER "!rtbridge_insert" ON notes'],
    check: 'tables',
    state: 'problem',
    says: 'capture notes (a trigger is missing',
  },
  {
    title: 'a table that was dropped and made anew',
    cause: ['DROP TABLE notes', 'CREATE TABLE notes (id int PRIMARY KEY)'],
    check: 'tables',
    state: 'problem',
    says: 'capture notes (the table was created anew',
  },
  {
    title: 'a primary key that has changed',
    cause: [
      'ALTER TABLE orders DROP CONSTRAINT orders_pkey',
      'ALTER TABLE orders ADD branch int DEFAULT 1, ADD PRIMARY KEY (branch, id)',
    ],
    check: 'tables',
    state: 'problem',
    says: 'capture orders (its primary key has changed',
  },
  {
    title: 'a partition whose own TRUNCATE is not seen',
    cause: [`CREATE TABLE visits_2 PARTITION OF visits FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')`],
    check: 'kin',
    state: 'warning',
    says: 'TRUNCATE of public.visits_2, a partition of public.visits, is not seen',
  },
  {
    title: 'a role whose sessions skip the triggers',
    cause: [
      'DROP ROLE IF EXISTS "the loader"',
      'CREATE ROLE "the loader"',
      `ALTER ROLE "the loader" SET session_replication_role = replica`,
    ],
    check: 'replica-sessions',
    state: 'problem',
    says: 'session_replication_role is replica for role the loader',
    after: ['DROP ROLE "the loader"'],
  },
  {
    title: 'a database whose sessions skip the triggers',
    cause: ['ALTER DATABASE ailing SET session_replication_role = replica'],
    check: 'replica-sessions',
    state: 'problem',
    says: 'session_replication_role is replica for database ailing',
  },
  {
    title: 'a server whose sessions skip the triggers',
    cause: ['ALTER SYSTEM SET session_replication_role = replica', 'SELECT pg_reload_conf()'],
    check: 'replica-sessions',
    state: 'problem',
    says: 'session_replication_role is replica for the whole server',
  },
  {
    title: 'a logical subscription that writes to a captured table',
    cause: [
      `CREATE SUBSCRIPTION from_branch CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false, slot_name = NONE)`,
      `INSERT INTO pg_subscription_rel (srsubid, srrelid, srsubstate) SELECT oid, 'orders'::regclass, 'r' FROM pg_subscription`,
    ],
    check: 'subscriptions',
    state: 'problem',
    says: 'public.orders is written to by subscription from_branch',
    after: ['DROP SUBSCRIPTION from_branch'],
  },
  {
    title: 'a captured table that a crash empties',
    cause: ['ALTER TABLE notes SET UNLOGGED'],
    check: 'unlogged-tables',
    state: 'warning',
    says: 'public.notes is unlogged',
  },
  {
    title: 'a journal that a crash empties',
    cause: ['ALTER TABLE rtbridge.journal SET UNLOGGED'],
    check: 'journal',
    state: 'problem',
    says: 'the journal is unlogged',
  },
  {
    title: 'a journal that hides rows',
    cause: ['ALTER TABLE rtbridge.journal ENABLE ROW LEVEL SECURITY'],
    check: 'journal',
    state: 'problem',
    says: 'row level security is on for the journal',
  },
  {
    title: 'rows past retention that nobody prunes',
    cause: ['INSERT INTO orders VALUES (1)', `UPDATE rtbridge.journal SET at = at - interval '3 days'`],
    check: 'journal',
    state: 'warning',
    says: 'rows are still there 48.0 h after their retention: no hub runs',
  },
  {
    title: 'a journal above its limit',
    cause: [
      'INSERT INTO orders SELECT i, repeat(md5(i::text), 20) FROM generate_series(1, 3000) i',
      'ANALYZE rtbridge.journal',
      'UPDATE rtbridge.retention SET max_bytes = 100000',
    ],
    check: 'journal',
    state: 'warning',
    says: 'the journal is above its limit',
  },
  {
    title: 'transactions that are read-only by default',
    cause: ['ALTER DATABASE ailing SET default_transaction_read_only = on'],
    check: 'role-settings',
    state: 'problem',
    says: 'transactions of postgres are read-only',
  },
  {
    title: 'a time-out that may be too short to connect',
    cause: [`ALTER ROLE postgres SET statement_timeout = '900ms'`],
    check: 'role-settings',
    state: 'warning',
    says: 'statement_timeout of postgres is 900 ms',
    after: ['ALTER ROLE postgres RESET statement_timeout'],
  },
  {
    title: 'a server that may lose what it confirmed',
    cause: ['ALTER SYSTEM SET full_page_writes = off', 'SELECT pg_reload_conf()'],
    check: 'durability',
    state: 'warning',
    says: 'full_page_writes is off',
  },
  {
    title: 'a server that does not clean up',
    cause: ['ALTER SYSTEM SET autovacuum = off', 'SELECT pg_reload_conf()'],
    check: 'autovacuum',
    state: 'warning',
    says: 'autovacuum is off',
  },
]

describe('rtbridge doctor names the fault, prints what mends it, and is silent after that', () => {
  test.each(faults)('$title', async ({ cause, check, state, says, after = [] }) => {
    const database = await createAilingDatabase(server)
    expect((await database.look(check)).state).toBe('ok')
    await database.sql(...cause)
    const diagnosis = await database.look(check)
    expect(diagnosis).toMatchObject({ state, found: expect.stringContaining(says) })
    await database.applyFixes(check)
    expect(await database.look(check)).toMatchObject({ state: 'ok' })
    await database.sql(...after)
  })
})

test('the verdict names the checks to look at', async () => {
  const database = await createAilingDatabase(server)
  await database.sql('DROP TRIGGER "!rtbridge_insert" ON notes')
  expect((await database.run('doctor')).stdout).toMatch(
    /^problem: \d+ checks: 1 problem, .* ok \(see tables\)\n/,
  )
})
