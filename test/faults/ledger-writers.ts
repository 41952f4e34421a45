import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { pickInteger, type Random } from '../../src/demo/seeded-random.ts'
import { keyCount } from './ledger-truth.ts'

export interface WritersOptions {
  readonly url: string
  readonly random: Random
  /** True when the writers should come to their end. */
  readonly isOver: () => boolean
  readonly counters: WriterCounters
}

export interface WriterCounters {
  /** Numbers given out so far; each is one transaction that was begun. */
  begun: number
  /** Changes of those that were acknowledged. */
  changes: number
  /** Transactions whose commit was acknowledged and that waited for the disk: no crash may undo them. */
  readonly acknowledged: number[]
}

export function newWriterCounters(): WriterCounters {
  return { begun: 0, changes: 0, acknowledged: [] }
}

/** Small transactions come in a stream, big ones now and then: few, but most of the changes are theirs. */
const writers = [
  { count: 3, rows: [1, 8], pauseMs: [0, 30] },
  { count: 2, rows: [50, 400], pauseMs: [20, 250] },
  // More than one read brings in one piece.
  { count: 1, rows: [keyCount, keyCount], pauseMs: [1_000, 5_000] },
] as const

/** Runs all writers to their end; one whose session breaks opens another and goes on. */
export async function runWriters(options: WritersOptions): Promise<void> {
  const all = writers.flatMap(kind => Array.from({ length: kind.count }, () => runWriter(kind, options)))
  await Promise.all(all)
}

async function runWriter(kind: (typeof writers)[number], options: WritersOptions): Promise<void> {
  const { url, random, isOver, counters } = options
  let client: Client | null = null
  let previous = 0
  while (!isOver()) {
    const plan = planTransaction(kind.rows, ++counters.begun, previous, random)
    try {
      client ??= await connect(url)
      await client.query(plan.sql)
      if (plan.holdMs > 0) await pause(plan.holdMs)
      if (plan.end !== '') await client.query(plan.end)
      if (plan.commits) previous = plan.tx
      if (plan.commits) counters.changes += plan.changes
      if (plan.commits && plan.waits) counters.acknowledged.push(plan.tx)
    } catch {
      // Whether it committed, only the ledger knows.
      await client?.end().catch(() => {})
      client = null
      await pause(50)
    }
    await pause(pickInteger(random, kind.pauseMs[0], kind.pauseMs[1]))
  }
  await client?.end().catch(() => {})
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: 'rtbridge test writer' })
  client.on('error', () => {})
  await client.connect()
  return client
}

interface Plan {
  readonly tx: number
  readonly sql: string
  /** Left for a second round trip, after `holdMs`; '' when the first has all. */
  readonly end: string
  readonly holdMs: number
  readonly commits: boolean
  /** The commit waits for the disk. */
  readonly waits: boolean
  readonly changes: number
}

/** A transaction of the mix: plain, rolled back, half rolled back, held open, or not waiting for the disk. */
function planTransaction(
  rows: readonly [number, number],
  tx: number,
  previous: number,
  random: Random,
): Plan {
  const count = pickInteger(random, rows[0], rows[1])
  const first = pickInteger(random, 1, keyCount - count + 1)
  const rounds = random() < 0.2 ? 2 : 1
  const kind = random()
  const [isRolledBack, isHalf, isHeld] = [kind < 0.1, kind >= 0.1 && kind < 0.25, kind >= 0.25 && kind < 0.32]
  const waits = random() < 0.85
  const drops = random() < 0.5 ? previous : 0
  const kept = isHalf ? Math.ceil(count / 2) : count
  const write = (rowCount: number) =>
    `UPDATE entry SET n = n + 1, tx = ${tx} WHERE key BETWEEN ${first} AND ${first + rowCount - 1}`
  // Locks are taken in the order of keys, so that writers wait for each other but never in a circle.
  const begin = `BEGIN; SET LOCAL synchronous_commit = ${waits ? 'on' : 'off'}; SELECT FROM entry
    WHERE key BETWEEN ${first} AND ${first + count - 1} ORDER BY key FOR UPDATE`
  const undone = isHalf
    ? [`SAVEPOINT s; ${write(count)}; INSERT INTO token VALUES (${-tx}); ROLLBACK TO s`]
    : []
  const record = `WITH gone AS (DELETE FROM token WHERE id = ${drops} RETURNING id)
    INSERT INTO ledger (tx, first_key, rounds, versions, dropped)
    SELECT ${tx}, ${first}, ${rounds}, array_agg(n ORDER BY key), (SELECT id FROM gone)
    FROM entry WHERE key BETWEEN ${first} AND ${first + kept - 1}`
  const writes = Array.from({ length: rounds }, () => write(kept))
  const body = [begin, ...writes, ...undone, `INSERT INTO token VALUES (${tx})`, record].join('; ')
  const end = isRolledBack ? 'ROLLBACK' : 'COMMIT'
  return {
    tx,
    sql: isHeld ? body : `${body}; ${end}`,
    end: isHeld ? end : '',
    holdMs: isHeld ? pickInteger(random, 1, 200) : 0,
    commits: !isRolledBack,
    waits,
    changes: kept * rounds + 1,
  }
}
