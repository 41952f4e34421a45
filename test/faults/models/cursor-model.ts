import { Client } from 'pg'
import { canContinue, readJournal } from '../../../src/capture/read-journal.ts'
import type { Place } from '../../../src/capture/read-piece.ts'
import { replayJournal } from '../../../src/capture/replay-journal.ts'
import { TableRegistry } from '../../../src/capture/table-registry.ts'
import { type Connection, openConnection } from '../../../src/database/connection.ts'
import type { Change } from '../../../src/domain/change.ts'
import type { Cursor } from '../../../src/domain/cursor.ts'
import { parseSnapshot, type Snapshot, sameSnapshot } from '../../../src/domain/snapshot.ts'
import { adminOptions } from '../../support/capture-fixture.ts'

/** What a writer or the reader does next. */
export type Step =
  | ReadStep
  | { readonly do: 'write'; readonly writer: number; readonly key: number }
  /** New rows, and then one that others change, too. */
  | { readonly do: 'write many'; readonly writer: number; readonly rows: number; readonly key: number }
  | {
      readonly do: 'commit' | 'roll back' | 'set savepoint' | 'roll back to savepoint'
      readonly writer: number
    }

interface ReadStep {
  readonly do: 'read'
  /** Between the pieces writers go on. */
  readonly meanwhile?: readonly Step[]
  /** After so many pieces it breaks off as soon as it can; the next read goes on there. */
  readonly breakOffAfter?: number
}

/** A position that the reader gave out, and how many changes it had given until then. */
export interface Position {
  readonly cursor: Cursor
  readonly count: number
}

interface Writer {
  readonly client: Client
  isOpen: boolean
  /** What it wrote in its transaction, and how much of it when it set its savepoint. */
  written: string[]
  savedAt: number | null
}

const incarnation = '0'.repeat(16)
const firstFreeId = 1_000
/** So that "write many" is big most of the time. */
const bigRows = 150

/** Even keys are in the table in which many rows are written, odd ones in another. */
const tableOf = (key: number) => (key % 2 === 0 ? 'counter' : 'other_counter')

/** Three writers and a reader on a real database, and beside them what must come of it. */
export class CursorModel {
  readonly #writers: readonly Writer[]
  readonly #reader: Connection
  readonly #helper: Connection
  readonly #toCursor: (snapshot: Snapshot) => Snapshot
  readonly #registry = new TableRegistry()
  #place: Place = { snapshot: { xmax: 0n, xip: [] }, inBatch: null }
  #nextId = firstFreeId
  /** What was committed, as `key=n`. */
  committed: string[] = []
  /** What reads gave, in order. */
  received: string[] = []
  positions: Position[] = []
  /** Transactions that a checkpoint cut in two. */
  torn: string[] = []
  /** Changes that came although a younger one had been there. */
  overtaken = 0
  /** Changes that came before the rest of a big transaction, which had begun. */
  passed = 0
  #greatestSeq = 0n
  /** Of which something came, before and after the last checkpoint. */
  #lastXids = new Set<string>()
  #openXids = new Set<string>()

  /**
   * @param toCursor what the reader keeps of a snapshot; default all of it. Something else is wrong, and to be found.
   */
  static async open(url: string, toCursor = (snapshot: Snapshot) => snapshot): Promise<CursorModel> {
    const clients = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const client = new Client({ connectionString: url })
        await client.connect()
        return client
      }),
    )
    const options = adminOptions(url)
    return new CursorModel(
      clients,
      await openConnection(options, 'reader'),
      await openConnection(options, 'helper'),
      toCursor,
    )
  }

  private constructor(
    clients: readonly Client[],
    reader: Connection,
    helper: Connection,
    toCursor: (snapshot: Snapshot) => Snapshot,
  ) {
    this.#toCursor = toCursor
    this.#writers = clients.map(client => ({ client, isOpen: false, written: [], savedAt: null }))
    this.#reader = reader
    this.#helper = helper
  }

  async close(): Promise<void> {
    await Promise.all([
      ...this.#writers.map(({ client }) => client.end()),
      this.#reader.close(),
      this.#helper.close(),
    ])
  }

  /** Starts over, at the present. */
  async begin(): Promise<void> {
    for (const writer of this.#writers) await this.#end(writer, 'ROLLBACK')
    await this.#registry.load(this.#helper.query)
    const [row] = await this.#helper.query('SELECT pg_current_snapshot()::text AS snapshot')
    this.#place = { snapshot: parseSnapshot(row?.['snapshot'] ?? ''), inBatch: null }
    Object.assign(this, { committed: [], received: [], torn: [], overtaken: 0, passed: 0 })
    this.positions = [{ cursor: { incarnation, ...this.#place }, count: 0 }]
    this.#greatestSeq = 0n
    this.#lastXids = new Set()
    this.#openXids = new Set()
  }

  /** Takes a step; one that would wait for another writer, or makes no sense, is left out. */
  async take(step: Step): Promise<void> {
    if (step.do === 'read') return this.#read(step)
    const writer = this.#writers[step.writer]
    if (writer === undefined) return
    if (step.do === 'write') await this.#write(writer, step.key)
    else if (step.do === 'write many') {
      await this.#writeMany(writer, step.rows)
      await this.#write(writer, step.key)
    } else if (step.do === 'commit') await this.#end(writer, 'COMMIT')
    else if (step.do === 'roll back') await this.#end(writer, 'ROLLBACK')
    else if (step.do === 'set savepoint' && writer.isOpen && writer.savedAt === null) {
      await writer.client.query('SAVEPOINT s')
      writer.savedAt = writer.written.length
    } else if (step.do === 'roll back to savepoint' && writer.savedAt !== null) {
      await writer.client.query('ROLLBACK TO s')
      writer.written.length = writer.savedAt
    }
  }

  /** Everyone commits, and the reader reads what is left. */
  async finish(): Promise<void> {
    for (const writer of this.#writers) await this.#end(writer, 'COMMIT')
    await this.#read({})
  }

  /** Keys whose versions did not come one after the other. */
  get disorder(): string[] {
    const last = new Map<string, number>()
    return this.received.filter(change => {
      const [key = '', n] = change.split('=')
      const before = last.get(key)
      last.set(key, Number(n))
      return before !== undefined && Number(n) !== before + 1
    })
  }

  /** Some pairs of a position and a later checkpoint. */
  pairs(choices: Iterator<number>, count: number): [Position, Position][] {
    const choose = (below: number) => Number(choices.next().value) % below
    return Array.from({ length: count }, () => {
      const from = choose(this.positions.length)
      const later = this.positions.slice(from).filter(({ cursor }) => cursor.inBatch === null)
      return [this.positions[from], later[choose(later.length)]] as [Position, Position]
    })
  }

  /** What a client gets that comes back from one position and is brought to another. */
  async replay(from: Position, to: Position): Promise<string[]> {
    const options = { session: this.#reader, pool: this.#helper, registry: this.#registry }
    const changes: string[] = []
    for await (const piece of replayJournal(from.cursor, to.cursor, options)) {
      changes.push(...piece.changes.map(describe))
    }
    return changes
  }

  async #read({ meanwhile = [], breakOffAfter }: Omit<ReadStep, 'do'>): Promise<void> {
    const { query } = this.#helper
    const flushWal = async () =>
      void (await query('SELECT pg_logical_emit_message(true, $1, $2)', ['test', '']))
    const [journal] = await query(`SELECT 'rtbridge.journal'::regclass::oid::text AS oid`)
    const options = {
      session: this.#reader,
      registry: this.#registry,
      journalOid: journal?.['oid'] ?? '',
      query,
      flushWal,
      bigRows,
      // Each of the two ways to begin has its turn.
      expectsFew: this.positions.length % 2 === 0,
      lookEveryMs: 0,
    }
    const steps = [...meanwhile]
    let pieces = 0
    for await (const { changes, place } of readJournal(this.#place, options)) {
      const stays = this.#take(changes, place)
      const next = steps.shift()
      if (next !== undefined) await this.take(next)
      if (++pieces >= (breakOffAfter ?? Number.POSITIVE_INFINITY) && !stays && canContinue(place)) return
    }
  }

  /** @returns true when the place is where it was, whatever came */
  #take(changes: readonly Change[], place: Place): boolean {
    const last = this.positions.at(-1)
    const stays = last !== undefined && isSamePlace(last.cursor, place)
    const from = this.#place
    this.passed += from.inBatch !== null && !sameSnapshot(from.snapshot, place.snapshot) ? changes.length : 0
    for (const change of changes) this.#receive(change)
    if (canContinue(place)) {
      const snapshot = this.#toCursor(place.snapshot)
      this.#place = { ...place, snapshot }
    }
    this.positions.push({
      cursor: { incarnation, ...place },
      count: stays ? last.count : this.received.length,
    })
    if (place.inBatch !== null) return stays
    for (const xid of this.#openXids) this.#lastXids.add(xid)
    this.#openXids.clear()
    return stays
  }

  #receive(change: Change): void {
    if (this.#lastXids.has(change.xid)) this.torn.push(change.xid)
    this.#openXids.add(change.xid)
    const seq = BigInt(change.seq)
    if (seq < this.#greatestSeq) this.overtaken++
    else this.#greatestSeq = seq
    this.received.push(describe(change))
  }

  async #write(writer: Writer, key: number): Promise<void> {
    const isLocked = this.#writers.some(
      other => other !== writer && other.written.some(change => change.startsWith(`${key}=`)),
    )
    if (isLocked) return
    await this.#open(writer)
    const { rows } = await writer.client.query(
      `INSERT INTO ${tableOf(key)} AS t VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET n = t.n + 1 RETURNING n`,
      [key],
    )
    writer.written.push(`${key}=${rows[0].n}`)
  }

  async #writeMany(writer: Writer, rows: number): Promise<void> {
    await this.#open(writer)
    const first = this.#nextId
    this.#nextId += rows
    // Heavy enough for several pieces.
    const sql = `INSERT INTO counter SELECT i, 1, repeat('x', 5000) FROM generate_series($1::int, $2::int) i`
    await writer.client.query(sql, [first, first + rows - 1])
    for (let id = first; id < first + rows; id++) writer.written.push(`${id}=1`)
  }

  async #open(writer: Writer): Promise<void> {
    if (!writer.isOpen) await writer.client.query('BEGIN')
    writer.isOpen = true
  }

  async #end(writer: Writer, how: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    if (writer.isOpen) await writer.client.query(how)
    if (how === 'COMMIT') this.committed.push(...writer.written)
    Object.assign(writer, { isOpen: false, written: [], savedAt: null })
  }
}

function describe(change: Change): string {
  const { id, n } = JSON.parse(change.newRow ?? '{}') as { id: number; n: number }
  return `${id}=${n}`
}

/** True when what came since the one place moved nobody on: in the middle of what passes a big transaction by. */
function isSamePlace(a: Place, b: Place): boolean {
  return sameSnapshot(a.snapshot, b.snapshot) && (a.inBatch?.seq ?? 0n) === (b.inBatch?.seq ?? 0n)
}
