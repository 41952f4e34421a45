import type { ColumnValue } from '../../../expressions/choices.ts'
import type { EncodableEvent } from '../../stream/encode-event.ts'
import type { CompiledSubscription } from '../subscription.ts'
import type { Anchor, AnchorKind } from './anchors.ts'
import { anchorKinds, anchorsOf } from './anchors.ts'
import { RowValues } from './row-values.ts'

/** Those who are found by one anchor, each with how many of its subscriptions are. */
export interface Bucket<Owner> {
  readonly anchor: Anchor
  readonly owners: Map<Owner, number>
}

/** The buckets of one table, or of no certain table: by kind, name and value. */
type Shelf<Owner> = Record<AnchorKind, Map<string, Map<ColumnValue, Bucket<Owner>>>>

/**
 * Finds those whose subscriptions an event may be for, without looking at the others. It finds too many rather than too
 * few: whoever is not found gets nothing of the event, whoever is found has yet to be matched.
 */
export class AnchorIndex<Owner> {
  readonly #shelves = new Map<string | null, Shelf<Owner>>()
  #size = 0

  /** Number of buckets. */
  get size(): number {
    return this.#size
  }

  /**
   * Adds a subscription; of several columns it goes by the one with the fewest others.
   * @returns what takes it out again
   */
  add(owner: Owner, subscription: CompiledSubscription): readonly Bucket<Owner>[] {
    const ways = anchorsOf(subscription)
    const loads = ways.map(anchors => anchors.reduce((sum, anchor) => sum + this.#load(anchor), 0))
    const best = ways[loads.indexOf(Math.min(...loads))] ?? []
    const buckets = best.map(anchor => this.#bucket(anchor))
    for (const { owners } of buckets) owners.set(owner, (owners.get(owner) ?? 0) + 1)
    return buckets
  }

  /** Takes out what {@link add} has put in. */
  remove(owner: Owner, buckets: readonly Bucket<Owner>[]): void {
    for (const { anchor, owners } of buckets) {
      const others = (owners.get(owner) ?? 0) - 1
      if (others > 0) owners.set(owner, others)
      else owners.delete(owner)
      if (owners.size === 0) this.#forget(anchor)
    }
  }

  /** Shows each bucket in which there are some whom the event may be for; some more than once. */
  visit(event: EncodableEvent, visit: (bucket: Bucket<Owner>) => void): void {
    const values = new RowValues(event)
    for (const table of event.table === null ? [null] : [event.table, null]) {
      const shelf = this.#shelves.get(table)
      if (shelf === undefined) continue
      const show = (kind: AnchorKind, name: string, value: ColumnValue) => {
        const bucket = shelf[kind].get(name)?.get(value)
        if (bucket !== undefined) visit(bucket)
      }
      show('all', '', '')
      show('type', '', event.eventType)
      if (event.channel !== null) show('channel', '', event.channel)
      for (const room of event.rooms ?? []) show('room', '', room)
      if (shelf.column.size === 0) continue
      if (passesUnseen(event))
        for (const column of shelf.column.values()) for (const bucket of column.values()) visit(bucket)
      else
        for (const name of values.columnsAmong(shelf.column))
          for (const value of values.of(name)) show('column', name, value)
    }
  }

  #load({ table, kind, name, value }: Anchor): number {
    return this.#shelves.get(table)?.[kind].get(name)?.get(value)?.owners.size ?? 0
  }

  #bucket(anchor: Anchor): Bucket<Owner> {
    const { table, kind, name, value } = anchor
    const shelf = this.#shelves.get(table) ?? emptyShelf()
    this.#shelves.set(table, shelf)
    const values = shelf[kind].get(name) ?? new Map<ColumnValue, Bucket<Owner>>()
    shelf[kind].set(name, values)
    const known = values.get(value)
    if (known !== undefined) return known
    const bucket: Bucket<Owner> = { anchor, owners: new Map() }
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

/** Passes filters whatever its columns are: see `compileWhere`. */
function passesUnseen({ op, truncated }: EncodableEvent): boolean {
  return op === 'TRUNCATE' || truncated
}

function emptyShelf<Owner>(): Shelf<Owner> {
  return { column: new Map(), room: new Map(), channel: new Map(), type: new Map(), all: new Map() }
}
