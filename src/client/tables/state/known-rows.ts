import type { AnyRow, Place, RowOrder } from './row-order.ts'
import { sameValue } from './same-value.ts'

/** A row as it is known, and where it stands. */
export interface Entry extends Place {
  row: AnyRow
  /** True: it was too big to be sent, `row` has its key only. */
  readonly isTruncated: boolean
  /** True: listeners have been told of it. */
  isShown: boolean
  /** True: it is no more, or another entry has taken its place. */
  isGone: boolean
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
 * @param limit how many are shown
 */
export function createKnownRows(limit = Number.POSITIVE_INFINITY) {
  const byId = new Map<string, Entry>()
  let list: Entry[] = []
  /** Those that listeners still believe in. */
  let gone: Entry[] = []
  let rows: readonly AnyRow[] = []
  let told = rows

  function drop(entry: Entry): void {
    entry.isGone = true
    byId.delete(entry.id)
    if (entry.isShown) gone.push(entry)
  }

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
      return entry && limit < list.length && list.indexOf(entry) >= limit ? undefined : entry
    },

    /**
     * Changes rows. One that is the same as before stays the same object.
     * @param changes null = is not there any more
     * @param isWhole true: there are no others, and their order may be another one
     */
    change(changes: ReadonlyMap<string, Entry | null | undefined>, isWhole: boolean, { compare }: RowOrder) {
      if (!isWhole && !changes.size) return
      for (const old of isWhole ? list : []) if (!changes.get(old.id)) drop(old)
      const fresh: Entry[] = []
      for (const [id, next] of changes) {
        const old = byId.get(id)
        if (old) drop(old)
        if (!next) continue
        if (old && sameValue(old.row, next.row)) next.row = old.row
        byId.set(id, next)
        fresh.push(next)
      }
      const kept = list.filter(({ isGone }) => !isGone)
      list = insert(kept, fresh, compare)
      const shown = list.slice(0, limit)
      if (shown.length !== rows.length || shown.some(({ row }, at) => row !== rows[at])) {
        rows = shown.map(({ row }) => row)
      }
    },

    /** Forgets what is behind the first `count`. @returns the last one left */
    trim(count: number) {
      for (const entry of list.splice(count)) drop(entry)
      return list[count - 1]
    },

    /** What has changed since this was called last; null when nothing has. */
    takeChange(): RowChange | null {
      if (told === rows) return null
      told = rows
      const left = new Map(gone.map(({ id, row }) => [id, row]))
      gone = []
      const appeared = list.filter((entry, at) => {
        const wasShown = entry.isShown
        entry.isShown = at < limit
        if (wasShown && !entry.isShown) left.set(entry.id, entry.row)
        return !wasShown && entry.isShown
      })
      const added: AnyRow[] = []
      const updated: AnyRow[] = []
      for (const { id, row } of appeared) {
        const before = left.get(id)
        if (!before) added.push(row)
        else if (before !== row) updated.push(row)
        left.delete(id)
      }
      return { added, updated, removed: [...left.values()] }
    },
  }
}

/** Puts entries where they belong. */
function insert(list: Entry[], fresh: readonly Entry[], compare: RowOrder['compare']): Entry[] {
  // Where much is new, sorting is quicker than making room for each.
  if (fresh.length * 8 > list.length) return [...list, ...fresh].sort(compare)
  for (const entry of fresh) {
    let low = 0
    let high = list.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (compare(list[middle] as Entry, entry) < 0) low = middle + 1
      else high = middle
    }
    list.splice(low, 0, entry)
  }
  return list
}
