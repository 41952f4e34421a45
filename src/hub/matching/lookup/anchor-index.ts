import type { ColumnValue } from '../../../expressions/choices.ts'
import { SmallSet } from '../../small-set.ts'
import type { EncodableEvent } from '../../stream/encode-event.ts'
import type { CompiledSubscription } from '../subscription.ts'
import { passesUnseen } from '../where-filter.ts'
import type { Anchor, AnchorKind } from './anchors.ts'
import { anchorKinds, anchorsOf } from './anchors.ts'
import { RowValues } from './row-values.ts'

/** What is found by one anchor. */
export class Bucket<Entry extends object> extends SmallSet<Entry> {
  readonly anchor: Anchor

  constructor(anchor: Anchor) {
    super()
    this.anchor = anchor
  }
}

/** The buckets of one table, or of no certain table: by kind, name and value. */
type Shelf<Entry extends object> = Record<AnchorKind, Map<string, Map<ColumnValue, Bucket<Entry>>>>

/**
 * Finds the subscriptions that an event may be for, without looking at the others. It finds too many rather than too
 * few: one that is not found does not match, one that is found has yet to be tried.
 */
export class AnchorIndex<Entry extends object> {
  readonly #shelves = new Map<string | null, Shelf<Entry>>()
  #size = 0

  /** Number of buckets. */
  get size(): number {
    return this.#size
  }

  /**
   * Adds what stands for a subscription; of several columns it goes by the one with the fewest others.
   * @returns what takes it out again
   */
  add(entry: Entry, subscription: CompiledSubscription): readonly Bucket<Entry>[] {
    const ways = anchorsOf(subscription)
    const loads = ways.map(anchors => anchors.reduce((sum, anchor) => sum + this.#load(anchor), 0))
    const best = ways[loads.indexOf(Math.min(...loads))] ?? []
    const buckets = best.map(anchor => this.#bucket(anchor))
    for (const bucket of buckets) bucket.add(entry)
    return buckets
  }

  /** Takes out what {@link add} has put in. */
  remove(entry: Entry, buckets: readonly Bucket<Entry>[]): void {
    for (const bucket of buckets) {
      bucket.delete(entry)
      if (bucket.size === 0) this.#forget(bucket.anchor)
    }
  }

  /** Shows each bucket in which something stands that the event may be for; some more than once. */
  visit(event: EncodableEvent, visit: (bucket: Bucket<Entry>) => void): void {
    const values = new RowValues(event)
    const shelf = event.table === null ? undefined : this.#shelves.get(event.table)
    if (shelf !== undefined) visitShelf(shelf, { event, values, visit })
    const anyTable = this.#shelves.get(null)
    if (anyTable !== undefined) visitShelf(anyTable, { event, values, visit })
  }

  #load({ table, kind, name, value }: Anchor): number {
    return this.#shelves.get(table)?.[kind].get(name)?.get(value)?.size ?? 0
  }

  #bucket(anchor: Anchor): Bucket<Entry> {
    const { table, kind, name, value } = anchor
    const shelf = this.#shelves.get(table) ?? emptyShelf()
    this.#shelves.set(table, shelf)
    const values = shelf[kind].get(name) ?? new Map<ColumnValue, Bucket<Entry>>()
    shelf[kind].set(name, values)
    const known = values.get(value)
    if (known !== undefined) return known
    const bucket = new Bucket<Entry>(anchor)
    values.set(value, bucket)
    this.#size++
    return bucket
  }

  #forget({ table, kind, name, value }: Anchor): void {
    const shelf = this.#shelves.get(table)
    const values = shelf?.[kind].get(name)
    if (shelf === undefined || values === undefined || !values.delete(value)) return
    this.#size--
    if (values.size === 0) shelf[kind].delete(name)
    if (anchorKinds.every(each => shelf[each].size === 0)) this.#shelves.delete(table)
  }
}

interface Visit<Entry extends object> {
  readonly event: EncodableEvent
  readonly values: RowValues
  readonly visit: (bucket: Bucket<Entry>) => void
}

function visitShelf<Entry extends object>(shelf: Shelf<Entry>, { event, values, visit }: Visit<Entry>): void {
  const show = (bucket: Bucket<Entry> | undefined) => {
    if (bucket !== undefined) visit(bucket)
  }
  show(shelf.all.get('')?.get(''))
  show(shelf.type.get('')?.get(event.eventType))
  if (event.channel !== null) show(shelf.channel.get('')?.get(event.channel))
  for (const room of event.rooms ?? []) show(shelf.room.get('')?.get(room))
  if (shelf.column.size === 0) return
  if (passesUnseen(event)) {
    for (const column of shelf.column.values()) for (const bucket of column.values()) visit(bucket)
    return
  }
  for (const name of values.columnsAmong(shelf.column)) {
    for (const value of values.of(name)) show(shelf.column.get(name)?.get(value))
  }
}

function emptyShelf<Entry extends object>(): Shelf<Entry> {
  return { column: new Map(), room: new Map(), channel: new Map(), type: new Map(), all: new Map() }
}
