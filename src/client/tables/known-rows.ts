import type { AnyRow, Place, RowOrder } from './row-order.ts'
import { sameValue } from './same-value.ts'

/** A row as it is known, and where it stands. */
export interface Entry extends Place {
  row: AnyRow
  /** True: it was too big to be sent, `row` has its key only. */
  readonly isTruncated: boolean
}

/** What a listener is told. */
export interface RowChange {
  readonly added: readonly AnyRow[]
  /** As they are now. */
  readonly updated: readonly AnyRow[]
  /** As they were. */
  readonly removed: readonly AnyRow[]
}

export type KnownRows = ReturnType<typeof createKnownRows>

/**
 * The rows that are known, in order; the first of them are those that are shown.
 * @param limit how many are shown; undefined = all
 */
export function createKnownRows(limit: number | undefined) {
  let byId = new Map<string, Entry>()
  let list: Entry[] = []
  let shown = new Map<string, Entry>()
  let rows: readonly AnyRow[] = []
  let told = shown
  let toldRows = rows
  return {
    get size() {
      return list.length
    },

    /** Those that are shown: another array after each change. */
    get rows() {
      return rows
    },

    /** Known, shown or not. */
    get: (id: string) => byId.get(id),

    /** The row with this key, when it is shown. */
    shown: (id: string) => shown.get(id),

    /**
     * Changes rows, which are not shown yet.
     * @param changes null = is not there any more
     * @param isWhole true: there are no others, and their order may be another one
     */
    change(changes: ReadonlyMap<string, Entry | null | undefined>, isWhole: boolean, { compare }: RowOrder) {
      if (isWhole) byId = new Map()
      else if (!changes.size) return
      for (const [id, entry] of changes) {
        if (entry) byId.set(id, entry)
        else byId.delete(id)
      }
      list = [...list, ...changes.values()].filter(
        entry => !!entry && byId.get(entry.id) === entry,
      ) as Entry[]
      list.sort(compare)
    },

    /** Shows what is known. A row that is the same as before stays the same object. */
    show() {
      const next = list.slice(0, limit)
      for (const entry of next) {
        const before = shown.get(entry.id)?.row
        if (sameValue(before, entry.row)) entry.row = before as AnyRow
      }
      shown = new Map(next.map(entry => [entry.id, entry]))
      if (next.length !== rows.length || next.some(({ row }, at) => row !== rows[at])) {
        rows = next.map(({ row }) => row)
      }
    },

    /** Forgets what is behind the first `count`. @returns the last one left */
    trim(count: number) {
      for (const { id } of list.splice(count)) byId.delete(id)
      return list[count - 1]
    },

    /** What has changed since this was called last; null when nothing has. */
    takeChange(): RowChange | null {
      if (toldRows === rows) return null
      const added: AnyRow[] = []
      const updated: AnyRow[] = []
      const removed: AnyRow[] = []
      for (const [id, { row }] of shown) {
        const before = told.get(id)
        if (!before) added.push(row)
        else if (before.row !== row) updated.push(row)
      }
      for (const [id, { row }] of told) if (!shown.has(id)) removed.push(row)
      told = shown
      toldRows = rows
      return { added, updated, removed }
    },
  }
}
