import type { SelectedEvent, Sides } from '../matching/selected-event.ts'
import { eventBytes } from '../stream/encoded-batch.ts'

interface HeldEvent {
  readonly selected: SelectedEvent
  /** Events of one slot replace each other: the table events of a row, or one name of a business event. */
  readonly slot: string
  /** Grows with every event: the order in which they go out. */
  readonly order: number
}

/** A row goes out whole, so that its events keep their order. */
interface HeldRow {
  readonly events: HeldEvent[]
  /** The shortest of its events', ms. */
  conflateMs: number
}

/**
 * Events that wait for a later one of the same row to replace them. A newer event replaces the last one of its row
 * that has the same slot, if both matched the same subscriptions. Knows no time: who owns it says when they go out.
 */
export class HeldEvents {
  readonly #rows = new Map<string, HeldRow>()
  #order = 0
  #bytes = 0
  #replaced = 0

  get isEmpty(): boolean {
    return this.#rows.size === 0
  }

  /** Estimate of the memory it keeps, bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /** Events that were replaced so far. */
  get replaced(): number {
    return this.#replaced
  }

  /**
   * Keeps what may wait.
   * @returns what goes out now, in order: events that may not wait, and before each what is held of its row
   */
  take(selected: readonly SelectedEvent[]): SelectedEvent[] {
    const out: SelectedEvent[] = []
    for (const each of selected) {
      const key = each.encoded.conflationKey
      if (key === 'barrier') out.push(...this.release(), each)
      else if (each.conflateMs === null) out.push(...this.#releaseRows([key.row]), each)
      else this.#hold(key.row, each, each.conflateMs)
    }
    return out
  }

  /**
   * Lets go of the rows that wait no longer than this.
   * @param conflateMs default all
   * @returns their events, in order
   */
  release(conflateMs = Number.POSITIVE_INFINITY): SelectedEvent[] {
    const due = [...this.#rows].filter(([, row]) => row.conflateMs <= conflateMs)
    return this.#releaseRows(due.map(([key]) => key))
  }

  /**
   * Lets go of what is older than one of these events of its row; newer ones stay.
   * @returns them in the order of each row
   */
  releaseBefore(events: readonly SelectedEvent[]): SelectedEvent[] {
    const out: SelectedEvent[] = []
    for (const { encoded } of events) {
      const key = encoded.conflationKey
      const isOlder = (held: HeldEvent) => seqOf(held.selected) < seqOf({ encoded })
      for (const row of key === 'barrier' ? [...this.#rows.keys()] : [key.row]) {
        out.push(...this.#releaseRows([row], isOlder))
      }
    }
    return out
  }

  /** Forgets everything. */
  clear(): void {
    this.#rows.clear()
    this.#bytes = 0
  }

  #hold(key: string, selected: SelectedEvent, conflateMs: number): void {
    const { event } = selected.encoded
    const row = this.#rows.get(key) ?? { events: [], conflateMs }
    this.#rows.set(key, row)
    row.conflateMs = Math.min(row.conflateMs, conflateMs)
    const slot = event.kind === 'table' ? '' : event.eventType
    const at = row.events.findLastIndex(held => held.slot === slot)
    const earlier = row.events[at]
    const replaces = earlier !== undefined && sameIds(earlier.selected, selected)
    if (replaces) row.events.splice(at, 1)
    const merged = replaces ? succeed(earlier.selected, selected) : selected
    row.events.push({ selected: merged, slot, order: ++this.#order })
    this.#bytes += eventBytes(event) - (replaces ? eventBytes(earlier.selected.encoded.event) : 0)
    if (replaces) this.#replaced++
  }

  #releaseRows(keys: readonly string[], isDue: (event: HeldEvent) => boolean = () => true): SelectedEvent[] {
    const due: HeldEvent[] = []
    for (const key of keys) {
      const row = this.#rows.get(key)
      if (row === undefined) continue
      const rest = row.events.filter(event => !isDue(event))
      due.push(...row.events.filter(isDue))
      if (rest.length === 0) this.#rows.delete(key)
      else this.#rows.set(key, { ...row, events: rest })
    }
    for (const { selected } of due) this.#bytes -= eventBytes(selected.encoded.event)
    return due.sort((a, b) => a.order - b.order).map(({ selected }) => selected)
  }
}

function seqOf({ encoded }: Pick<SelectedEvent, 'encoded'>): bigint {
  return BigInt(encoded.event.seq ?? '0')
}

function sameIds(a: SelectedEvent, b: SelectedEvent): boolean {
  return a.ids.length === b.ids.length && a.ids.every((id, index) => id === b.ids[index])
}

/** The newer event as it is, but its transitions tell of the way from before the older one. */
function succeed(older: SelectedEvent, newer: SelectedEvent): SelectedEvent {
  const isUpdate = newer.encoded.event.op === 'UPDATE'
  const sides = newer.sides.map((side, at) => sidesOfBoth(older.sides[at] ?? null, side, isUpdate))
  return { ...newer, sides, replaced: older.replaced + 1 }
}

function sidesOfBoth(older: Sides | null, newer: Sides | null, isUpdate: boolean): Sides | null {
  if (newer !== null) return { ...newer, before: older?.before ?? newer.before }
  // Without a `where` only what crosses the border of what is seen has sides: it came in before, and now stays.
  return older?.before === false && isUpdate ? { before: false, after: true } : null
}
