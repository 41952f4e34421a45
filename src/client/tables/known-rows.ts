import type { AnyRow, Place, RowOrder } from './row-order.ts'
import { sameValue } from './same-value.ts'

/** A row as it is known. */
export interface Entry {
  readonly id: string
  row: AnyRow
  readonly place: Place
  /** True: it was too big to be sent, `row` has its key only. */
  readonly isTruncated: boolean
  /** True: listeners have been told of it. */
  isShown: boolean
  /** True: it is no more, or another entry has taken its place. */
  isGone: boolean
}

/** What changes at once: null = is not there any more. */
export type Changes = ReadonlyMap<string, Entry | null>

/** What a listener is told. */
export interface RowChange {
  readonly added: readonly AnyRow[]
  /** As they are now. */
  readonly updated: readonly AnyRow[]
  /** As they were. */
  readonly removed: readonly AnyRow[]
}

/** The rows that are known, in order; the first of them are those that are shown. */
export class KnownRows {
  readonly #limit: number
  readonly #byId = new Map<string, Entry>()
  #list: readonly Entry[] = []
  /** Those that listeners still believe in. */
  #gone: Entry[] = []
  #rows: readonly AnyRow[] = []
  #told: readonly AnyRow[] = []

  /** @param limit how many are shown */
  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#byId.size
  }

  /** Those that are shown: another array after each change. */
  get rows(): readonly AnyRow[] {
    return this.#rows
  }

  /** Known, shown or not. */
  get(id: string): Entry | undefined {
    return this.#byId.get(id)
  }

  /** The row with this key, when it is shown. */
  shown(id: string, { compare }: RowOrder): Entry | undefined {
    const entry = this.#byId.get(id)
    const last = this.#list[this.#limit - 1]
    return entry && last && compare(entry.place, last.place) > 0 ? undefined : entry
  }

  /** Changes rows. A row that is the same as before stays the same object. */
  change(changes: Changes, order: RowOrder): void {
    const fresh: Entry[] = []
    let hasGone = false
    for (const [id, next] of changes) {
      const old = this.#byId.get(id)
      if (old !== undefined) {
        if (next !== null && sameValue(old.row, next.row)) {
          next.row = old.row
          if (order.compare(old.place, next.place) === 0 && old.isTruncated === next.isTruncated) continue
        }
        this.#drop(old)
        hasGone = true
      }
      if (next === null) continue
      this.#byId.set(id, next)
      fresh.push(next)
    }
    if (!hasGone && fresh.length === 0) return
    this.#list = merge(hasGone ? this.#list.filter(entry => !entry.isGone) : this.#list, fresh, order)
    this.#show()
  }

  /** Replaces all rows, in an order that may be another one. */
  replace(entries: Changes, order: RowOrder): void {
    const before = new Map(this.#byId)
    for (const old of before.values()) this.#drop(old)
    for (const [id, next] of entries) {
      if (next === null) continue
      const old = before.get(id)
      if (old !== undefined && sameValue(old.row, next.row)) next.row = old.row
      this.#byId.set(id, next)
    }
    this.#list = [...this.#byId.values()].sort((a, b) => order.compare(a.place, b.place))
    this.#show()
  }

  /** Forgets what is behind the first `count`. @returns the place of the last one left */
  trim(count: number): Place | undefined {
    for (const entry of this.#list.slice(count)) this.#drop(entry)
    this.#list = this.#list.slice(0, count)
    return this.#list.at(-1)?.place
  }

  /** What has changed since this was called last; null when nothing has. */
  takeChange(): RowChange | null {
    if (this.#told === this.#rows) return null
    this.#told = this.#rows
    const appeared: Entry[] = []
    const left = new Map<string, AnyRow>()
    for (const { id, row } of this.#gone) left.set(id, row)
    this.#gone = []
    this.#list.forEach((entry, at) => {
      const isShown = at < this.#limit
      if (isShown && !entry.isShown) appeared.push(entry)
      if (!isShown && entry.isShown) left.set(entry.id, entry.row)
      entry.isShown = isShown
    })
    const added = appeared.filter(({ id }) => !left.has(id)).map(({ row }) => row)
    const updated = appeared
      .filter(({ id, row }) => left.has(id) && left.get(id) !== row)
      .map(({ row }) => row)
    for (const { id } of appeared) left.delete(id)
    return { added, updated, removed: [...left.values()] }
  }

  #drop(entry: Entry): void {
    entry.isGone = true
    this.#byId.delete(entry.id)
    if (entry.isShown) this.#gone.push(entry)
  }

  #show(): void {
    const rows = this.#list.slice(0, this.#limit).map(({ row }) => row)
    const isSame = rows.length === this.#rows.length && rows.every((row, at) => row === this.#rows[at])
    if (!isSame) this.#rows = rows
  }
}

/** Puts entries where they belong: the search compares with few of a long list, and copying it is cheap. */
function merge(list: readonly Entry[], fresh: Entry[], order: RowOrder): Entry[] {
  const out: Entry[] = []
  let from = 0
  for (const entry of fresh.sort((a, b) => order.compare(a.place, b.place))) {
    const to = placeIn(list, entry, from, order)
    while (from < to) out.push(list[from++] as Entry)
    out.push(entry)
  }
  while (from < list.length) out.push(list[from++] as Entry)
  return out
}

/** Index of the first one behind `entry`, from `low` on. */
function placeIn(list: readonly Entry[], entry: Entry, low: number, { compare }: RowOrder): number {
  let high = list.length
  let from = low
  while (from < high) {
    const middle = (from + high) >> 1
    if (compare((list[middle] as Entry).place, entry.place) < 0) from = middle + 1
    else high = middle
  }
  return from
}
