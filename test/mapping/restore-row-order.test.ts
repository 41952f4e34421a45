import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Change } from '../../src/domain/change.ts'
import { restoreRowOrder } from '../../src/mapping/restore-row-order.ts'
import { openTestCapture } from '../support/capture-fixture.ts'
import { describeEachMajor } from '../support/describe-each-major.ts'

const table = { id: 1, schema: 'public', name: 'counter', keyColumns: ['id'] }
let seq = 0

/** A change of row `id` from `before` to `after`; null is no row. */
function change(
  id: number,
  before: number | null,
  after: number | null,
  overrides: Partial<Change> = {},
): Change {
  const image = (n: number | null) => (n === null ? null : `{"id": ${id}, "n": ${n}}`)
  return {
    seq: String(++seq),
    xid: '700',
    at: '2026-01-01T00:00:00Z',
    table,
    op: before === null ? 'INSERT' : after === null ? 'DELETE' : 'UPDATE',
    oldRow: image(before),
    newRow: image(after),
    origin: null,
    truncated: false,
    ...overrides,
  }
}

const steps = (changes: readonly Change[]) =>
  changes.map(({ oldRow, newRow }) => `${imageOf(oldRow)}>${imageOf(newRow)}`)
const imageOf = (row: string | null) => (row === null ? '-' : Object.values(JSON.parse(row)).join('='))

describe('changes of one row within a transaction', () => {
  test('keep their place when they are in order: it is the very same list', () => {
    const changes = [
      change(1, null, 1),
      change(2, null, 1),
      change(1, 1, 2),
      change(2, 1, 0),
      change(1, 2, null),
    ]
    expect(restoreRowOrder(changes)).toBe(changes)
  })

  test('are put into the order of their images', () => {
    const changes = [change(1, 1, 2), change(2, 6, 7), change(2, 5, 6)]
    expect(steps(restoreRowOrder(changes))).toEqual(['1=1>1=2', '2=5>2=6', '2=6>2=7'])
  })

  test('are put into order over several steps, from insert', () => {
    const changes = [change(1, 2, 3), change(1, 1, 2), change(1, null, 1)]
    expect(steps(restoreRowOrder(changes))).toEqual(['->1=1', '1=1>1=2', '1=2>1=3'])
  })

  test('are put into order over several steps, to delete', () => {
    const changes = [change(1, 3, null), change(1, 2, 3), change(1, 1, 2)]
    expect(steps(restoreRowOrder(changes))).toEqual(['1=1>1=2', '1=2>1=3', '1=3>-'])
  })

  test('keep a row that was deleted and written again as it was', () => {
    expect(steps(restoreRowOrder([change(1, 3, null), change(1, null, 3)]))).toEqual(['1=3>-', '->1=3'])
  })

  test('of different transactions are not compared', () => {
    const changes = [change(1, 2, 3, { xid: '701' }), change(1, 1, 2, { xid: '700' })]
    expect(restoreRowOrder(changes)).toBe(changes)
  })

  test('of different tables are not compared', () => {
    const other = { ...table, id: 2, name: 'other' }
    const changes = [change(1, 2, 3), change(1, 1, 2, { table: other })]
    expect(restoreRowOrder(changes)).toBe(changes)
  })

  test('stay as they came when there is no key to tell rows apart', () => {
    const keyless = { ...table, keyColumns: [] }
    const changes = [change(1, 2, 3, { table: keyless }), change(1, 1, 2, { table: keyless })]
    expect(steps(restoreRowOrder(changes))).toEqual(steps(changes))
  })

  test('stay as they came when a row goes back and forth and its images do not tell', () => {
    const changes = [change(1, 1, 2), change(1, 2, 1), change(1, 1, 2)]
    expect(steps(restoreRowOrder(changes))).toEqual(['1=1>1=2', '1=2>1=1', '1=1>1=2'])
  })

  test('are neither lost nor doubled, and a shuffled history of a row is told in order again', () => {
    const histories = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 2, max: 6 })), {
      minLength: 1,
      maxLength: 4,
    })
    fc.assert(
      fc.property(histories, fc.infiniteStream(fc.nat()), (rows, stream) => {
        const distinct = new Map(rows)
        const inOrder = [...distinct].flatMap(([id, length]) =>
          Array.from({ length }, (_, n) => change(id, n === 0 ? null : n, n + 1)),
        )
        const shuffled = inOrder
          .map(entry => ({ entry, weight: stream.next().value }))
          .sort((a, b) => a.weight - b.weight)
          .map(({ entry }) => entry)
        const restored = restoreRowOrder(shuffled)
        expect(restored.toSorted(bySeq)).toEqual(shuffled.toSorted(bySeq))
        for (const [id, length] of distinct) {
          const own = restored.filter(({ newRow }) => imageOf(newRow).startsWith(`${id}=`))
          expect(own.map(({ newRow }) => imageOf(newRow))).toEqual(
            Array.from({ length }, (_, n) => `${id}=${n + 1}`),
          )
        }
      }),
    )
  })
})

const bySeq = (a: Change, b: Change) => Number(a.seq) - Number(b.seq)

describeEachMajor('a trigger that changes sibling rows of the statement', async database => {
  await database.query('CREATE TABLE sibling (id int PRIMARY KEY, n int NOT NULL)')
  await database.query(`SELECT rtbridge.capture_table('sibling', '{id}')`)
  await database.query(`CREATE FUNCTION raise_next() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE sibling SET n = n + 100 WHERE id = NEW.id + 1;
    RETURN NULL;
  END $$`)
  await database.query(`CREATE TRIGGER raise_next AFTER UPDATE ON sibling FOR EACH ROW
    WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION raise_next()`)

  test('is told row by row in the order in which it happened', async () => {
    const { received } = await openTestCapture(database.url)
    await database.query('INSERT INTO sibling VALUES (1, 0), (2, 0), (3, 0)')
    await database.query('UPDATE sibling SET n = n + 1')
    const changes = await received(8)
    const restored = restoreRowOrder(changes)
    const { rows } = await database.query<{ id: number; n: number }>('SELECT id, n FROM sibling ORDER BY id')
    for (const { id, n } of rows) {
      const own = restored.filter(({ newRow }) => JSON.parse(newRow ?? '{}').id === id)
      expect(JSON.parse(own.at(-1)?.newRow ?? '{}')).toEqual({ id, n })
      expect(own.slice(1).map(({ oldRow }) => oldRow)).toEqual(own.slice(0, -1).map(({ newRow }) => newRow))
    }
    expect(rows.map(({ n }) => n)).toEqual([1, 101, 101])
    expect(restored.toSorted(bySeq)).toEqual(changes)
  })
})
