import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { ChangeHistory } from '../../src/capture/change-history.ts'
import { TableRegistry } from '../../src/capture/table-registry.ts'
import { openPool } from '../../src/database/pool.ts'
import type { Change } from '../../src/domain/change.ts'
import type { Cursor } from '../../src/domain/cursor.ts'
import { CursorGap, formatCursor, parseCursor } from '../../src/domain/cursor.ts'
import { adminOptions, openTestCapture } from '../support/capture-fixture.ts'
import { createCounterTable, withoutRepeats } from '../support/counter-table.ts'
import { openClient } from '../support/open-client.ts'
import type { OwnDatabase } from '../support/open-own-database.ts'
import { pruneAll } from '../support/prune-all.ts'
import { waitFor } from '../support/wait-for.ts'
import { describeOwnServer } from './describe-own-server.ts'

/** A position of the live stream and how much had come before it. */
interface Position {
  readonly cursor: Cursor
  readonly after: number
}

describeOwnServer('the past', async database => {
  await createCounterTable(database.url)

  test('replays from any position of the live stream what the stream gave after it', async () => {
    const { changes, positions } = await record(database, () => writeAtRandom(database))
    const history = openHistory(database, positions)
    const inside = positions.filter(({ cursor }) => cursor.inBatch !== null)
    const outside = positions.filter(({ cursor }) => cursor.inBatch === null)
    expect(inside.length).toBeGreaterThan(3)
    const end = outside.at(-1)
    if (end === undefined) throw new Error('the stream had no checkpoint')
    const samples = [...inside, ...outside.filter((_, i) => i % Math.ceil(outside.length / 15) === 0), end]
    for (const { cursor, after } of samples) {
      // As a client would bring it back.
      const from = parseCursor(formatCursor(cursor))
      const replayed = await collect(history, from, end.cursor)
      const live = changes.slice(after, end.after)
      // Where transactions overlapped, different rows may come in another order than live; one row never.
      expect(sequence(replayed).sort().join()).toBe(sequence(live).sort().join())
      expect(byRow(replayed)).toBe(byRow(live))
    }
  })

  test('continues inside its own pieces, as often as the receiver is cut off', async () => {
    const { changes, positions } = await record(database, async () => {
      await database.query('INSERT INTO counter SELECT i, 0 FROM generate_series(1, 3000) i')
      await database.query('UPDATE counter SET n = n + 1')
    })
    const history = openHistory(database, positions)
    const [first, last] = [positions[0], positions.at(-1)]
    if (first === undefined || last === undefined) throw new Error('the stream had no positions')
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 6 }), async cuts => {
        const got: Change[] = changes.slice(0, first.after)
        let at = first.cursor
        for (const pieces of [...cuts, Number.POSITIVE_INFINITY]) {
          let left = pieces
          for await (const piece of history.replay(at, last.cursor, new AbortController().signal)) {
            got.push(...piece.changes)
            at = parseCursor(formatCursor(piece.cursor))
            if (--left === 0) break
          }
        }
        expect(sequence(got)).toEqual(sequence(changes.slice(0, last.after)))
      }),
      { numRuns: 8 },
    )
  })

  test('is refused with the reason when its begin was pruned, in the very snapshot it is read in', async () => {
    const { positions } = await record(database, async () => {
      for (let i = 0; i < 20; i++) await database.query('INSERT INTO counter VALUES ($1, 0)', [100_000 + i])
    })
    const history = openHistory(database, positions)
    const [from, to] = [positions[1]?.cursor, positions.at(-1)?.cursor]
    if (from === undefined || to === undefined) throw new Error('the stream had too few positions')
    // Asked once, so that the answer of a second ago is at hand.
    expect(await history.check(from)).toBe(null)
    await pruneAll(database)
    await expect(collect(history, from, to)).rejects.toEqual(new CursorGap('retention'))
    await database.query('UPDATE rtbridge.retention SET keep = DEFAULT')
    expect(await openHistory(database, positions).check(from)).toBe('retention')
    expect(await history.check(to)).toBe(null)
  })

  test('knows a position of the future and one of another history', async () => {
    const { positions } = await record(database, async () => {
      await database.query('INSERT INTO counter VALUES (200000, 0)')
    })
    const history = openHistory(database, positions)
    const cursor = positions.at(-1)?.cursor
    if (cursor === undefined) throw new Error('the stream had no positions')
    const future = { xmax: cursor.snapshot.xmax + 1_000n, xip: [] }
    expect(await history.check(cursor)).toBe(null)
    expect(await history.check({ ...cursor, snapshot: future })).toBe('future')
    expect(await history.check({ ...cursor, inBatch: { upTo: future, seq: 1n } })).toBe('future')
    expect(await history.check({ ...cursor, incarnation: 'ffffffffffffffff' })).toBe('incarnation')
  })

  test('answers a forged position with a gap or with changes, never with an error of SQL', async () => {
    const { positions } = await record(database, async () => {
      await database.query('INSERT INTO counter VALUES (300000, 0)')
    })
    const history = openHistory(database, positions)
    const to = positions.at(-1)?.cursor
    if (to === undefined) throw new Error('the stream had no positions')
    const xids = fc.uniqueArray(fc.bigInt({ min: 1n, max: 2n ** 62n }), { minLength: 1, maxLength: 5 })
    const near = fc.uniqueArray(fc.bigInt({ min: 1n, max: to.snapshot.xmax }), { minLength: 1, maxLength: 5 })
    const forged = fc.oneof(xids, near).map(list => {
      const sorted = list.sort((a, b) => (a < b ? -1 : 1))
      return { xmax: sorted.at(-1) ?? 1n, xip: sorted.slice(0, -1) }
    })
    const inBatch = fc.option(fc.record({ upTo: forged, seq: fc.bigInt({ min: 0n, max: 2n ** 62n }) }))
    await fc.assert(
      fc.asyncProperty(forged, inBatch, async (snapshot, batch) => {
        const from = readable({ incarnation: to.incarnation, snapshot, inBatch: batch })
        if (from === null) return
        const answer = (await history.check(from)) ?? (await collect(history, from, to).catch(gapOf))
        expect(Array.isArray(answer) || ['retention', 'future'].includes(String(answer))).toBe(true)
      }),
      { numRuns: 60 },
    )
  })
})

function gapOf(error: unknown): string {
  if (error instanceof CursorGap) return error.reason
  throw error
}

/** A position as it comes back from a client; null when it is refused. */
function readable(cursor: Cursor): Cursor | null {
  try {
    return parseCursor(formatCursor(cursor))
  } catch {
    return null
  }
}

/** Records the live stream while something is written; ends when all of it came. */
async function record(database: OwnDatabase, write: () => Promise<void>) {
  await database.query('TRUNCATE counter')
  const changes: Change[] = []
  const positions: Position[] = []
  const { capture, starts } = await openTestCapture(database.url, {
    onBatch: batch => {
      changes.push(...batch.changes)
      positions.push({ cursor: batch.cursor, after: changes.length })
    },
  })
  positions.push({ cursor: starts[0]?.cursor ?? never(), after: 0 })
  await write()
  await database.query('INSERT INTO counter VALUES (-1, 0)')
  await waitFor(
    () => changes.at(-1)?.newRow === '{"n": 0, "id": -1}' && positions.at(-1)?.cursor.inBatch === null,
  )
  await capture.close()
  expect(withoutRepeats(changes)).toHaveLength(changes.length)
  return { changes, positions }
}

function never(): never {
  throw new Error('the capture did not say where it started')
}

function openHistory(database: OwnDatabase, positions: readonly Position[]): ChangeHistory {
  const pool = openPool(adminOptions(database.url), 2)
  onTestFinished(() => pool.close())
  const incarnation = positions[0]?.cursor.incarnation ?? null
  return new ChangeHistory({
    pool,
    registry: new TableRegistry(),
    incarnation: () => incarnation,
    now: () => performance.now(),
  })
}

async function collect(history: ChangeHistory, from: Cursor, to: Cursor): Promise<Change[]> {
  const changes: Change[] = []
  for await (const piece of history.replay(from, to, new AbortController().signal))
    changes.push(...piece.changes)
  return changes
}

function sequence(changes: readonly Change[]): string[] {
  return changes.map(({ seq }) => seq)
}

/** The positions of each row's changes, in the order in which they came; a text, because it compares fast. */
function byRow(changes: readonly Change[]): string {
  const rows = new Map<number, string[]>()
  for (const { newRow, oldRow, seq } of changes) {
    const { id } = JSON.parse(newRow ?? oldRow ?? '{}') as { id: number }
    const seqs = rows.get(id)
    if (seqs === undefined) rows.set(id, [seq])
    else seqs.push(seq)
  }
  return [...rows]
    .map(([id, seqs]) => `${id}: ${seqs}`)
    .sort()
    .join('\n')
}

/** Short and long transactions at the same time, some rolled back, some large. */
async function writeAtRandom(database: OwnDatabase): Promise<void> {
  const writers = Array.from({ length: 4 }, async (_, writer) => {
    const client = await openClient(database.url)
    for (let i = 0; i < 30; i++) {
      const size = i % 15 === 14 ? 2_500 : (i % 4) + 1
      const first = 1_000_000 * (writer + 1) + i * 10_000
      const rows = [first, first + size - 1]
      await client.query('BEGIN')
      await client.query('INSERT INTO counter SELECT i, 0 FROM generate_series($1::int, $2::int) i', rows)
      if (i % 3 === writer % 3) {
        await client.query('UPDATE counter SET n = n + 1 WHERE id BETWEEN $1 AND $2', rows)
      }
      await client.query(i % 5 === 4 && size < 10 ? 'ROLLBACK' : 'COMMIT')
    }
  })
  await Promise.all(writers)
}
