import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { pickInteger, type Random } from '../../src/demo/seeded-random.ts'
import { runAdminSql } from './admin-sql.ts'

/** How the writers of {@link runLedgerWorkload} behave. */
export interface LedgerWorkloadOptions {
  readonly url: string
  readonly random: Random
  readonly writers: number
  /** Transactions begun in all; some are rolled back, some are broken by faults. */
  readonly transactions: number
  /** Begins the names of its transactions; a second run on the same tables needs another. Default none. */
  readonly prefix?: string
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

async function runWriter(
  { url, random, prefix = '' }: LedgerWorkloadOptions,
  next: () => number | null,
): Promise<void> {
  let client: Client | null = null
  for (let number = next(); number !== null; number = next()) {
    try {
      client ??= await connect(url)
      await runTransaction(client, `${prefix}t${number}`, random)
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
