import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { pickInteger, type Random } from '../../src/demo/seeded-random.ts'
import type { Change } from '../../src/domain/change.ts'
import { runAdminSql } from './admin-sql.ts'
import { withoutRepeats } from './counter-table.ts'

/** How the writers of {@link runLedgerWorkload} behave. */
export interface LedgerWorkloadOptions {
  readonly url: string
  readonly random: Random
  readonly writers: number
  /** Transactions begun in all; some are rolled back, some are broken by faults. */
  readonly transactions: number
}

const keys = 400

/**
 * The tables: `entry` counts per key and is captured; `ledger` says, written in the same transaction, what the
 * transaction did. What the ledger holds in the end is the truth.
 */
export async function createLedger(url: string): Promise<void> {
  await runAdminSql(url, [
    'CREATE TABLE IF NOT EXISTS entry (key int PRIMARY KEY, n int NOT NULL, tx text)',
    'CREATE TABLE IF NOT EXISTS ledger (tx text PRIMARY KEY, entries text[] NOT NULL)',
    'TRUNCATE entry, ledger',
    `INSERT INTO entry SELECT k, 0 FROM generate_series(1, ${keys}) k`,
    `SELECT rtbridge.capture_table('entry', '{key}')`,
  ])
}

/** Runs the writers to their end; a writer whose session breaks opens another and goes on. */
export async function runLedgerWorkload(options: LedgerWorkloadOptions): Promise<void> {
  let left = options.transactions
  const next = () => (left > 0 ? left-- : null)
  await Promise.all(Array.from({ length: options.writers }, () => runWriter(options, next)))
}

async function runWriter({ url, random }: LedgerWorkloadOptions, next: () => number | null): Promise<void> {
  let client: Client | null = null
  for (let number = next(); number !== null; number = next()) {
    try {
      client ??= await connect(url)
      await runTransaction(client, `t${number}`, random)
    } catch {
      // Whether it committed, only the ledger knows.
      await client?.end().catch(() => {})
      client = null
      await pause(20)
    }
  }
  await client?.end()
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: 'rtbridge test writer' })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** One transaction of the mix: plain, rolled back, with a savepoint half rolled back, or held open for a while. */
async function runTransaction(client: Client, tx: string, random: Random): Promise<void> {
  const chosen = chooseKeys(random)
  const write = `UPDATE entry SET n = n + 1, tx = '${tx}' WHERE key = ANY (ARRAY[${chosen}])`
  const kept = chosen.slice(0, Math.ceil(chosen.length / 2))
  const kind = random()
  // Locks are taken in the order of keys, so that writers wait for each other but never in a circle.
  const locks = `SELECT FROM entry WHERE key = ANY (ARRAY[${chosen}]) ORDER BY key FOR UPDATE`
  const record = (of: readonly number[]) =>
    `INSERT INTO ledger SELECT '${tx}', array_agg(key || ':' || n) FROM entry WHERE key = ANY (ARRAY[${of}])`
  if (kind < 0.15) await client.query(`BEGIN; ${locks}; ${write}; ${record(chosen)}; ROLLBACK`)
  else if (kind < 0.35) {
    const first = `UPDATE entry SET n = n + 1, tx = '${tx}' WHERE key = ANY (ARRAY[${kept}])`
    await client.query(
      `BEGIN; ${locks}; ${first}; SAVEPOINT s; ${write}; ROLLBACK TO s; ${record(kept)}; COMMIT`,
    )
  } else if (kind < 0.4) {
    await client.query(`BEGIN; ${locks}; ${write}; ${record(chosen)}`)
    await pause(pickInteger(random, 1, 50))
    await client.query('COMMIT')
  } else await client.query(`BEGIN; ${locks}; ${write}; ${record(chosen)}; COMMIT`)
}

function chooseKeys(random: Random): number[] {
  const chosen = new Set(
    Array.from({ length: pickInteger(random, 1, 4) }, () => pickInteger(random, 1, keys)),
  )
  return [...chosen]
}

/** The committed transactions, each with its entries `key:n`, sorted: what every receiver must have got. */
export async function readLedger(url: string): Promise<Map<string, string>> {
  const client = await connect(url)
  try {
    const { rows } = await client.query<{ tx: string; entries: string[] }>('SELECT tx, entries FROM ledger')
    return new Map(rows.map(({ tx, entries }) => [tx, entries.sort().join()]))
  } finally {
    await client.end()
  }
}

/** What a receiver was given, in the form of {@link readLedger}. */
export function ledgerOf(changes: readonly Change[]): Map<string, string> {
  const transactions = new Map<string, string[]>()
  for (const { key, n, tx } of withoutRepeats(changes).map(entryOf)) {
    const entries = transactions.get(tx)
    if (entries === undefined) transactions.set(tx, [`${key}:${n}`])
    else entries.push(`${key}:${n}`)
  }
  return new Map([...transactions].map(([tx, entries]) => [tx, entries.sort().join()]))
}

/** Where the counter of a key does not rise by one from change to change: empty when nothing is lost or out of order. */
export function orderViolations(changes: readonly Change[]): string[] {
  const last = new Map<number, number>()
  const violations: string[] = []
  for (const { key, n } of withoutRepeats(changes).map(entryOf)) {
    const before = last.get(key) ?? 0
    if (n !== before + 1) violations.push(`key ${key}: ${n} after ${before}`)
    last.set(key, n)
  }
  return violations
}

/**
 * The transactions that a checkpoint cuts in two: empty when after each checkpoint what was received is whole.
 * @param checkpoints how many changes had come before each
 */
export function tornTransactions(changes: readonly Change[], checkpoints: readonly number[]): string[] {
  const seen = new Set<string>()
  const spans = new Map<string, { first: number; last: number }>()
  changes.forEach(({ seq, xid }, position) => {
    if (seen.has(seq)) return
    seen.add(seq)
    const span = spans.get(xid)
    if (span === undefined) spans.set(xid, { first: position, last: position })
    else span.last = position
  })
  const cuts = [...new Set(checkpoints)].sort((a, b) => a - b)
  const isTorn = ({ first, last }: { first: number; last: number }) => {
    const cut = cuts[lowerBound(cuts, first + 1)]
    return cut !== undefined && cut <= last
  }
  return [...spans].filter(([, span]) => isTorn(span)).map(([xid]) => xid)
}

/** Index of the first item that is not below `value`. */
function lowerBound(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? 0) < value) low = middle + 1
    else high = middle
  }
  return low
}

function entryOf(change: Change): { key: number; n: number; tx: string } {
  return JSON.parse(change.newRow ?? '{}')
}
