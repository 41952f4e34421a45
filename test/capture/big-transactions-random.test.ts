import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ChangeHistory } from '../../src/capture/change-history.ts'
import type { ChangeBatch } from '../../src/capture/journal-reader.ts'
import { TableRegistry } from '../../src/capture/table-registry.ts'
import { openPool } from '../../src/database/pool.ts'
import { createRandom, pickInteger, type Random } from '../../src/demo/seeded-random.ts'
import type { Change } from '../../src/domain/change.ts'
import { parseCursor } from '../../src/domain/cursor.ts'
import { formatSnapshot } from '../../src/domain/snapshot.ts'
import { bridgeToBoundary } from '../../src/hub/feed/bridge-to-boundary.ts'
import { positionAt } from '../../src/hub/stream/encoded-batch.ts'
import { Stream } from '../../src/hub/stream/stream.ts'
import { eventOf } from '../hub/memory-history.ts'
import { terminateBackends } from '../support/backends.ts'
import { adminOptions, openTestCapture } from '../support/capture-fixture.ts'
import { createCounterTable, withoutRepeats } from '../support/counter-table.ts'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { openClient } from '../support/open-client.ts'
import type { TestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const environment = process.env
const firstSeed = Number(environment['RTBRIDGE_TEST_SEED'] ?? Date.now() % 1_000_000)
const seeds = Array.from(
  { length: Number(environment['RTBRIDGE_TEST_SEEDS'] ?? 1) },
  (_, at) => firstSeed + at,
)
const tables = ['one_counter', 'two_counter', 'three_counter', 'four_counter', 'five_counter']
const rows = 400
const bigRows = 150

describeEachMajor('transactions of all sizes and tables at once', async (database, major) => {
  test.each(seeds)(
    `come complete, in the order of each row and whole at checkpoints, and anybody may go on anywhere (${major}, seed %i)`,
    async seed => {
      for (const name of tables) {
        await createCounterTable(database.url, name)
        // Heavy enough that a big transaction is read in several pieces.
        await database.query(`ALTER TABLE ${name} ADD COLUMN IF NOT EXISTS load text`)
        await database.query(
          `INSERT INTO ${name} SELECT i, 0, repeat('x', 1400) FROM generate_series(1, ${rows}) i`,
        )
      }
      await database.query('SELECT rtbridge.prune(0); TRUNCATE rtbridge.journal')
      const random = createRandom(seed)
      const [one, other] = [await openRecorder(database, random), await openRecorder(database, random)]
      await writeAll(database, seed)
      const { rows: journal } = await database.query<{ seq: string; xid: string }>(
        'SELECT seq::text, xid::text FROM rtbridge.journal ORDER BY seq',
      )
      const all = journal.map(({ seq }) => seq)
      for (const { came } of [one, other]) {
        const message = () =>
          `all ${all.length} came; there are ${withoutRepeats(came()).length} (seed ${seed})`
        await waitFor(() => withoutRepeats(came()).length === all.length, { message })
        await waitFor(() => one.batches.at(-1)?.cursor.inBatch === null)
        await waitFor(() => other.batches.at(-1)?.cursor.inBatch === null)
      }
      await Promise.all([one.close(), other.close()])
      for (const recorder of [one, other]) {
        expect(disorderOf(recorder.came())).toEqual([])
        await expectWholeCheckpoints(database, recorder.batches)
      }
      const inside = one.batches.filter(({ cursor }) => cursor.inBatch !== null)
      console.info(
        `seed ${seed}: ${all.length} changes, ${inside.length} places inside of ${one.batches.length}`,
      )
      expect(inside.length).toBeGreaterThan(3)
      await expectGoesOnAnywhere(database, { one, other, all })
    },
  )
})

type Recorder = Awaited<ReturnType<typeof openRecorder>>

/** A capture that takes its time inside batches, and keeps all it gives. */
async function openRecorder(database: TestDatabase, random: Random) {
  const batches: ChangeBatch[] = []
  const capture = await openTestCapture(database.url, {
    bigRows,
    onBatch: async batch => {
      batches.push(batch)
      if (batch.cursor.inBatch !== null) await pause(pickInteger(random, 0, 60))
    },
  })
  const start = capture.starts[0]?.cursor
  if (start === undefined) throw new Error('the capture did not start')
  return { ...capture, start, batches, came: () => batches.flatMap(({ changes }) => changes) }
}

/** Lets writers go on while sessions of the readers are terminated now and then. */
async function writeAll(database: TestDatabase, seed: number): Promise<void> {
  let isOver = false
  const breaking = (async () => {
    const random = createRandom(seed * 100)
    while (!isOver) {
      await pause(pickInteger(random, 100, 500))
      await terminateBackends(database, [random() < 0.5 ? 'reader' : 'helper'])
    }
  })()
  const writers = [1, 2, 3, 4].map(nth => write(database, createRandom(seed * 100 + nth)))
  try {
    await Promise.all(writers)
  } finally {
    isOver = true
    await breaking
  }
}

async function write(database: TestDatabase, random: Random): Promise<void> {
  const client = await openClient(database.url)
  for (let round = 0; round < 40; round++) {
    const chosen = tables.filter(() => random() < 0.3)
    const statements = chosen.flatMap(name => {
      const isBig = random() < 0.12
      const first = isBig ? 1 : pickInteger(random, 1, rows)
      const last = isBig ? rows : first + pickInteger(random, 0, 3)
      const update = `UPDATE ${name} SET n = n + 1 WHERE id BETWEEN ${first} AND ${last}`
      return random() < 0.15 ? ['SAVEPOINT s', update, 'ROLLBACK TO s', update] : [update]
    })
    if (random() < 0.1) statements.push(`SELECT rtbridge.publish('NOTE')`)
    const end = random() < 0.1 ? 'ROLLBACK' : 'COMMIT'
    try {
      await client.query(['BEGIN', ...statements].join('; '))
      await pause(pickInteger(random, 0, 10))
      await client.query(end)
    } catch {
      // A deadlock between two of them: PostgreSQL has undone it.
      await client.query('ROLLBACK')
    }
    await pause(pickInteger(random, 0, 30))
  }
}

/** Rows whose changes, each at its first coming, do not follow each other. */
function disorderOf(changes: readonly Pick<Change, 'seq' | 'table' | 'oldRow' | 'newRow'>[]): string[] {
  const last = new Map<string, number>()
  const disorder: string[] = []
  const once = new Set<string>()
  for (const { seq, table, newRow } of changes) {
    if (once.has(seq) || newRow === null) continue
    once.add(seq)
    const { id, n } = JSON.parse(newRow) as { id?: number; n?: number }
    if (id === undefined || n === undefined) continue
    const row = `${table.name} ${id}`
    if ((last.get(row) ?? 0) + 1 !== n) disorder.push(`${row}=${n} after ${last.get(row)}`)
    last.set(row, n)
  }
  return disorder
}

async function expectWholeCheckpoints(
  database: TestDatabase,
  batches: readonly ChangeBatch[],
): Promise<void> {
  const got = new Set<string>()
  for (const { changes, cursor } of batches) {
    for (const { seq } of changes) got.add(seq)
    if (cursor.inBatch !== null) continue
    const { rows: visible } = await database.query<{ seq: string }>(
      'SELECT seq::text FROM rtbridge.journal WHERE pg_visible_in_snapshot(xid, $1::pg_snapshot)',
      [formatSnapshot(cursor.snapshot)],
    )
    expect([...got].toSorted()).toEqual(visible.map(({ seq }) => seq).toSorted())
  }
}

/** Of every place that one hub gave out: the journal, and the memory of either hub, lead from there to the end. */
async function expectGoesOnAnywhere(
  database: TestDatabase,
  { one, other, all }: { one: Recorder; other: Recorder; all: readonly string[] },
): Promise<void> {
  const pool = openPool(adminOptions(database.url), 2)
  const incarnation = () => one.start.incarnation
  const history = new ChangeHistory({ pool, registry: new TableRegistry(), incarnation, now: () => 0 })
  const end = other.batches.at(-1)?.cursor ?? other.start
  const streams = [streamOf(one), streamOf(other)]
  const changesBySeq = new Map(one.came().map(change => [change.seq, change]))
  const before: Change[] = []
  const expectAll = (changes: readonly Change[]) => {
    expect(
      withoutRepeats(changes)
        .map(({ seq }) => seq)
        .toSorted(),
    ).toEqual(all.toSorted())
    expect(disorderOf(changes)).toEqual([])
  }
  try {
    for (const { changes, cursor } of one.batches) {
      before.push(...changes)
      const position = positionAt(parseCursor(positionAt(cursor, null).token), null)
      const replayed: Change[] = []
      for await (const piece of history.replay(position.cursor, end, new AbortController().signal))
        replayed.push(...piece.changes)
      expectAll([...before, ...replayed])
      for (const stream of streams) {
        const place = stream.locate(position)
        if (place === null) continue
        const seqs: string[] = []
        let at: number | null = place.index
        if (!place.isExact) {
          const bridge = bridgeToBoundary(stream, position, place.index)
          seqs.push(...(bridge?.events ?? []).map(({ event }) => event.seq ?? ''))
          at = bridge?.to.index ?? null
        }
        if (at === null) continue
        for (let batch = stream.after(at); batch !== undefined; batch = stream.after(++at))
          seqs.push(...batch.events.map(({ event }) => event.seq ?? ''))
        expectAll([...before, ...seqs.flatMap(seq => changesBySeq.get(seq) ?? [])])
      }
    }
  } finally {
    await pool.close()
  }
}

function streamOf({ start, batches }: Recorder): Stream {
  const stream = new Stream(Number.MAX_SAFE_INTEGER)
  let head = stream.reset(start)
  for (const { changes, cursor } of batches) {
    const events = changes.map(({ seq, xid }) => eventOf(Number(seq), Number(xid)))
    head = stream.append({ events, cursor }, head).to
  }
  return stream
}
