import { expect, onTestFinished, test } from 'vitest'
import { xidArray } from '../../src/capture/xid-array.ts'
import { type Connection, openConnection } from '../../src/database/connection.ts'
import { readSql } from '../../src/database/sql-file.ts'
import { formatSnapshot, parseSnapshot } from '../../src/domain/snapshot.ts'
import { adminOptions } from '../support/capture-fixture.ts'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { openClient } from '../support/open-client.ts'
import { pruneAll } from '../support/prune-all.ts'

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Actual Rows': number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Actual Loops': number
  readonly Plans?: readonly PlanNode[]
}

const journalRows = 100_000

describeEachMajor(
  'with a journal of 100,000 rows and statistics of an empty one',
  async (database, major) => {
    const rowsOfTransaction = 100
    await database.query('ALTER TABLE rtbridge.journal SET (autovacuum_enabled = false)')
    await database.query('ANALYZE rtbridge.journal')
    await database.query(`DO $$ BEGIN
    FOR i IN 1..${journalRows / rowsOfTransaction} LOOP
      INSERT INTO rtbridge.journal (table_id, op, new_row)
      SELECT 0, 'P', jsonb_build_object('n', k) FROM generate_series(1, ${rowsOfTransaction}) k;
      COMMIT;
    END LOOP;
  END $$`)

    /** A snapshot with a transaction in progress that has 100 rows, and then 200 more rows by others. */
    async function writeAcross(session: Connection) {
      const writer = await openClient(database.url)
      const insert = `INSERT INTO rtbridge.journal (table_id, op) SELECT 0, 'P' FROM generate_series(1, 100)`
      await writer.query('BEGIN')
      await writer.query(insert)
      const [before] = await session.query('SELECT pg_current_snapshot() AS snapshot')
      await database.query(insert)
      await writer.query('COMMIT')
      await database.query(insert)
      const [after] = await session.query('SELECT pg_current_snapshot() AS snapshot')
      return [before, after].map(row => parseSnapshot(row?.['snapshot'] ?? '')) as [Snapshot, Snapshot]
    }

    async function openSession(): Promise<Connection> {
      const session = await openConnection(adminOptions(database.url), 'reader')
      onTestFinished(() => session.close())
      return session
    }

    test.each(['read_journal', 'read_few'])(
      `a read touches only what it returns, %s (${major})`,
      async name => {
        const session = await openSession()
        const [before] = await writeAcross(session)
        const values = [before.xmax.toString(), xidArray(before.xip), '10001', 'true']
        const scans = await explain(session, readSql(`query/${name}.sql`), values)
        expect(scans.map(scan => scan['Node Type']).filter(type => !/Index|Bitmap/.test(type))).toEqual([])
        expect(touched(scans)).toBe(300)
      },
    )

    test.each(['read_journal', 'read_few'])(
      `no workers are started for a read, whatever the database thinks of them, %s (${major})`,
      async name => {
        const eager = [
          'parallel_setup_cost',
          'parallel_tuple_cost',
          'min_parallel_index_scan_size',
          'min_parallel_table_scan_size',
        ]
        for (const setting of eager)
          await database.query(`ALTER DATABASE ${database.name} SET ${setting} = 0`)
        onTestFinished(async () => void (await database.query(`ALTER DATABASE ${database.name} RESET ALL`)))
        const session = await openSession()
        const values = ['0', '{}', '129', 'false']
        const plan = await session.query(`EXPLAIN ${readSql(`query/${name}.sql`)}`, values)
        const lines = plan.map(row => row['QUERY PLAN'] ?? '')
        expect(lines.filter(line => /journal_pkey/.test(line))).not.toEqual([])
        expect(lines.filter(line => /Gather|Parallel/.test(line))).toEqual([])
      },
    )

    test(`a replay touches only what it returns (${major})`, async () => {
      const session = await openSession()
      const [before, after] = await writeAcross(session)
      await writeAcross(session)
      const values = [before.xmax.toString(), xidArray(before.xip), formatSnapshot(after), '0']
      const scans = await explain(session, readSql('query/replay_journal.sql'), values)
      expect(scans.map(scan => scan['Node Type']).filter(type => !/Index|Bitmap/.test(type))).toEqual([])
      expect(touched(scans)).toBe(300)
    })
    test(`a piece of a big transaction touches only its own rows, in their order (${major})`, async () => {
      const session = await openSession()
      await writeAcross(session)
      const { rows } = await database.query<{ xid: string }>(
        'SELECT xid::text FROM rtbridge.journal ORDER BY seq DESC LIMIT 1',
      )
      const values = [`{${rows[0]?.xid}}`, '0', '40', '1000000']
      const scans = await explain(session, readSql('query/read_transactions.sql'), values)
      expect(scans.map(scan => scan['Node Type']).filter(type => !/Index/.test(type))).toEqual([])
      expect(touched(scans)).toBe(40)
    })

    test(`after a purge a read and the gauges pass by what is gone (${major})`, async () => {
      const session = await openSession()
      await pruneAll(database)
      await database.query(`UPDATE rtbridge.retention SET keep = '1 day'`)
      const [before] = await writeAcross(session)
      const values = [before.xmax.toString(), xidArray(before.xip), '10001', 'true']
      for (const name of ['read_journal', 'read_few']) {
        expect(touched(await explain(session, readSql(`query/${name}.sql`), values))).toBe(300)
      }
      const scans = await explain(session, readSql('query/read_journal_status.sql'), [])
      expect(scans.map(scan => scan['Node Type']).filter(type => !/Index/.test(type))).toEqual([])
      expect(touched(scans)).toBe(1)
    })
  },
)

type Snapshot = ReturnType<typeof parseSnapshot>

/** The scans of the journal in the plan that was really run. */
async function explain(session: Connection, sql: string, values: readonly string[]): Promise<PlanNode[]> {
  const [row] = await session.query(`EXPLAIN (ANALYZE, TIMING off, FORMAT json) ${sql}`, values)
  const [{ Plan: plan }] = JSON.parse(row?.['QUERY PLAN'] ?? '[]') as [{ Plan: PlanNode }]
  const nodes: PlanNode[] = []
  const collect = (node: PlanNode) => {
    nodes.push(node)
    node.Plans?.forEach(collect)
  }
  collect(plan)
  return nodes.filter(node => node['Relation Name'] === 'journal')
}

function touched(scans: readonly PlanNode[]): number {
  const rows = scans.map(scan => scan['Actual Rows'] + (scan['Rows Removed by Filter'] ?? 0))
  return rows.reduce((sum, count, i) => sum + count * (scans[i]?.['Actual Loops'] ?? 1), 0)
}
