import { Client } from 'pg'
import { parseSnapshot, type Snapshot } from '../../src/domain/snapshot.ts'
import { runAdminSql } from '../support/admin-sql.ts'

/** Rows that count: `entry` has the keys 1 to this. */
export const keyCount = 2_000

/**
 * One committed change, as everybody counts it: the row `slot` became version `n`. A row of `entry` is the slot of its
 * key and each UPDATE raises its `n` by one; a row of `token` is made once (1) and may be deleted once (2).
 */
export interface Step {
  readonly slot: number
  readonly n: number
  /** The transaction's id. */
  readonly xid: number
}

/** The slot of a row of `token`. */
export function tokenSlot(id: number): number {
  return 10_000 + id
}

export function isToken(slot: number): boolean {
  return slot > 10_000
}

/** What a single statement of SQL saw of both tables, and in which snapshot. */
export interface Probe {
  readonly snapshot: Snapshot
  /** `n` of the keys in order. */
  readonly versions: readonly number[]
  /** Ids in order. */
  readonly tokens: readonly number[]
}

/** What was committed, as the database itself tells after everything. */
export interface Truth {
  /** Every committed change, in no particular order. */
  readonly steps: readonly Step[]
  /** Numbers of the transactions. */
  readonly transactions: ReadonlySet<number>
  readonly probes: readonly Probe[]
  /** The state at the end. */
  readonly end: Probe
}

/**
 * The tables: `entry` and `token` are captured; `ledger` says, in the same transaction, what the transaction did. What
 * the ledger holds in the end is the truth, whatever a writer was told. `probe` keeps what SQL returned in between,
 * written by the statement that looked, so that a look at what a crash undid is undone as well.
 */
export async function createLedger(url: string): Promise<void> {
  await runAdminSql(url, [
    'CREATE TABLE entry (key int PRIMARY KEY, n int NOT NULL, tx int NOT NULL) WITH (fillfactor = 40)',
    'CREATE TABLE token (id int PRIMARY KEY)',
    `CREATE TABLE ledger (tx int PRIMARY KEY, xid xid8 NOT NULL DEFAULT pg_current_xact_id(), first_key int NOT NULL,
       rounds int NOT NULL, versions int[] NOT NULL, dropped int)`,
    'CREATE TABLE probe (snapshot text NOT NULL, versions int[] NOT NULL, tokens int[] NOT NULL)',
    `INSERT INTO entry SELECT k, 0, 0 FROM generate_series(1, ${keyCount}) k`,
    `SELECT rtbridge.capture_table('entry', '{key}'), rtbridge.capture_table('token', '{id}')`,
  ])
}

const look = `SELECT pg_current_snapshot()::text AS snapshot,
  (SELECT array_agg(n ORDER BY key) FROM entry) AS versions,
  (SELECT coalesce(array_agg(id ORDER BY id), '{}') FROM token) AS tokens`

/** Lets the database write down what SQL returns at this moment. */
export async function takeProbe(url: string): Promise<void> {
  await runAdminSql(url, [`INSERT INTO probe ${look}`])
}

interface LedgerRow {
  readonly tx: number
  readonly xid: string
  readonly first_key: number
  readonly rounds: number
  readonly versions: readonly number[]
  readonly dropped: number | null
}

type ProbeRow = Omit<Probe, 'snapshot'> & { readonly snapshot: string }

/** Reads what is true, once nobody writes any more. */
export async function readTruth(url: string): Promise<Truth> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const ledger = await client.query<LedgerRow>('SELECT * FROM ledger ORDER BY xid')
    const probes = await client.query<ProbeRow>('SELECT * FROM probe')
    const end = await client.query<ProbeRow>(look)
    const [last] = end.rows.map(toProbe)
    if (last === undefined) throw new Error('the state at the end could not be read')
    return {
      steps: ledger.rows.flatMap(stepsOf),
      transactions: new Set(ledger.rows.map(({ tx }) => tx)),
      probes: probes.rows.map(toProbe),
      end: last,
    }
  } finally {
    await client.end()
  }
}

function toProbe(row: ProbeRow): Probe {
  return { ...row, snapshot: parseSnapshot(row.snapshot) }
}

function stepsOf(row: LedgerRow): Step[] {
  const xid = Number(row.xid)
  const steps: Step[] = []
  row.versions.forEach((last, index) => {
    for (let n = last - row.rounds + 1; n <= last; n++) steps.push({ slot: row.first_key + index, n, xid })
  })
  steps.push({ slot: tokenSlot(row.tx), n: 1, xid })
  if (row.dropped !== null) steps.push({ slot: tokenSlot(row.dropped), n: 2, xid })
  return steps
}
