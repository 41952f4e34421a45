import type { AnyRow } from './row-order.ts'
import { sameValue } from './same-value.ts'

/** A row as it is known, and where it stands. */
export interface Entry {
  readonly id: string
  readonly place: string
  row: AnyRow
  /** True: it was too big to be sent, `row` has its key only. */
  readonly truncated: boolean
  /** True: listeners believe in it. */
  isTold: boolean
}

/** What a listener is told. */
export interface RowChange {
  readonly added: readonly AnyRow[]
  /** As they are now. */
  readonly updated: readonly AnyRow[]
  /** As they were. */
  readonly removed: readonly AnyRow[]
}

/**
 * The rows that are known, in order; the first of them are those that are shown.
 * @param limit how many are shown; undefined = all
 */
export function createKnownRows(limit: number | undefined) {
  const byId = new Map<string, Entry>()
  let list: Entry[] = []
  let rows: readonly AnyRow[] = []
  /** What listeners believe in. */
  let told: readonly Entry[] = []
  let toldRows: readonly AnyRow[] | undefined

  return {
    /** Those that are shown: another array after each change. */
    get rows() {
      return rows
    },

    /** Known, shown or not. */
    byId: byId as ReadonlyMap<string, Entry>,

    /** The row with this key, when it is shown. */
    shown(id: string) {
      const entry = byId.get(id)
      const last = limit && list[limit - 1]
      return entry && last && entry.place > last.place ? undefined : entry
    },

    /**
     * Changes rows. One that is the same as before stays the same object.
     * @param changes null = is not there any more
     * @param isWhole true: there are no others, and their order may be another one
     */
    change(changes: ReadonlyMap<string, Entry | null | undefined>, isWhole: boolean) {
      if (!isWhole && changes.size === 0) return
      const fresh = [...changes.values()].filter(next => !!next)
      for (const next of fresh) {
        const row = byId.get(next.id)?.row
        if (row && sameValue(row, next.row)) next.row = row
      }
      if (isWhole) byId.clear()
      for (const [id, next] of changes) {
        if (next) byId.set(id, next)
        else byId.delete(id)
      }
      const kept = list.filter(({ id }) => !isWhole && !changes.has(id))
      list = [...kept, ...fresh].sort((a, b) => (a.place < b.place ? -1 : 1))
      const shown = list.slice(0, limit).map(({ row }) => row)
      if (shown.length !== rows.length || shown.some((row, at) => row !== rows[at])) rows = shown
    },

    /** Forgets what is behind the first `count`. @returns the last one left */
    trim(count: number) {
      for (const { id } of list.splice(count)) byId.delete(id)
      return list[count - 1]
    },

    /** What has changed since this was called last, the first time even if there is nothing; null when nothing has. */
    take(): RowChange | null {
      if (toldRows === rows) return null
      toldRows = rows
      const before = told
      told = list.slice(0, limit)
      const fresh = told.filter(({ isTold }) => !isTold)
      // Marks are several times quicker than a set of ten thousand rows.
      for (const entry of before) entry.isTold = false
      for (const entry of told) entry.isTold = true
      const left = new Map(before.filter(({ isTold }) => !isTold).map(({ id, row }) => [id, row]))
      const added: AnyRow[] = []
      const updated: AnyRow[] = []
      for (const { id, row } of fresh) {
        const was = left.get(id)
        if (was !== row) (was ? updated : added).push(row)
        left.delete(id)
      }
      return { added, updated, removed: [...left.values()] }
    },
  }
}
