import { SmallMap } from '../small-map.ts'
import type { EncodableEvent } from '../stream/encode-event.ts'
import type { Bucket } from './lookup/anchor-index.ts'
import { AnchorIndex } from './lookup/anchor-index.ts'
import type { CompiledSubscription } from './subscription.ts'

/** A subscription of a set. */
export interface PlacedSubscription {
  readonly subscription: CompiledSubscription
  /** Ids go out in this order. */
  readonly order: number
}

/** What it selects stays the same; which of equal objects says so does not matter. */
interface Entry extends PlacedSubscription {
  subscription: CompiledSubscription
}

/** Hears of what is added to a set and taken out of it. */
export interface SetObserver {
  added(placed: PlacedSubscription): void
  removed(placed: PlacedSubscription): void
}

/** Up to so many are all tried: an index costs more than it saves. */
const triedOneByOne = 8

/** Subscriptions by id, in the order in which they came, with an index over them once they are many. */
export class SubscriptionSet {
  readonly #entries = new SmallMap<string, Entry>()
  /** Null until it is needed, as is where each stands in it. */
  #index: AnchorIndex<PlacedSubscription> | null = null
  #places: Map<PlacedSubscription, readonly Bucket<PlacedSubscription>[]> | null = null
  #list: readonly CompiledSubscription[] | null = null
  #conflated = 0
  #order = 0
  observer: SetObserver | null = null

  constructor(subscriptions: Iterable<CompiledSubscription> = []) {
    for (const subscription of subscriptions) this.add(subscription)
  }

  get size(): number {
    return this.#entries.size
  }

  /** True when some of what they select may wait for what comes later. */
  get isConflated(): boolean {
    return this.#conflated > 0
  }

  /** All of them, in order. */
  get list(): readonly CompiledSubscription[] {
    this.#list ??= this.#entries.values().map(({ subscription }) => subscription)
    return this.#list
  }

  has(id: string): boolean {
    return this.#entries.has(id)
  }

  get(id: string): CompiledSubscription | undefined {
    return this.#entries.get(id)?.subscription
  }

  /** Adds one; one with the same id is replaced, and its place in the order taken. */
  add(subscription: CompiledSubscription): void {
    const { id, conflateMs } = subscription.spec
    const previous = this.#entries.get(id)
    if (previous !== undefined) this.#drop(previous)
    const entry = { subscription, order: previous?.order ?? ++this.#order }
    this.#entries.set(id, entry)
    this.#list = null
    if (conflateMs !== null) this.#conflated++
    if (this.#index !== null) this.#places?.set(entry, this.#index.add(entry, subscription))
    this.observer?.added(entry)
  }

  /**
   * Lets go of its own subscriptions for those of another set that are the same, word for word: of a thousand apps that
   * ask for the same, each would keep all of it.
   */
  shareWith(other: SubscriptionSet): void {
    if (other === this) return
    let isSame = this.size === other.size
    for (const entry of this.#entries.values()) {
      const theirs = other.get(entry.subscription.spec.id)
      if (theirs?.digest === entry.subscription.digest) entry.subscription = theirs
      else isSame = false
    }
    this.#list = isSame ? other.list : null
  }

  /** False when there was none. */
  remove(id: string): boolean {
    const entry = this.#entries.get(id)
    if (entry === undefined) return false
    this.#drop(entry)
    this.#entries.delete(id)
    this.#list = null
    return true
  }

  clear(): void {
    for (const id of this.#entries.keys()) this.remove(id)
  }

  /** All of them with their places. */
  get placed(): readonly PlacedSubscription[] {
    return this.#entries.values()
  }

  /** Those that an event may be for, in order: the others cannot match. */
  candidates(event: EncodableEvent): readonly CompiledSubscription[] {
    if (this.#entries.size <= triedOneByOne) return this.list
    const found: PlacedSubscription[] = []
    this.#indexed().visit(event, bucket => {
      bucket.forEach(entry => {
        found.push(entry)
      })
    })
    return inOrder(found)
  }

  #indexed(): AnchorIndex<PlacedSubscription> {
    if (this.#index !== null) return this.#index
    this.#index = new AnchorIndex()
    this.#places = new Map()
    for (const entry of this.#entries.values()) {
      this.#places.set(entry, this.#index.add(entry, entry.subscription))
    }
    return this.#index
  }

  #drop(entry: PlacedSubscription): void {
    const { subscription } = entry
    if (subscription.spec.conflateMs !== null) this.#conflated--
    this.#index?.remove(entry, this.#places?.get(entry) ?? [])
    this.#places?.delete(entry)
    this.observer?.removed(entry)
  }
}

/** Subscriptions of one set in its order, each once. */
export function inOrder(placed: readonly PlacedSubscription[]): readonly CompiledSubscription[] {
  const [first] = placed
  if (placed.length === 1 && first !== undefined) return [first.subscription]
  const unique = new Set(placed)
  return [...unique].sort((a, b) => a.order - b.order).map(({ subscription }) => subscription)
}
