import { isPersonalRoom } from '../../domain/automatic-room.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import type { HubLimits } from '../limits.ts'
import type { CompiledSubscription } from './subscription.ts'
import { SubscriptionSet } from './subscription-set.ts'

const noRooms: readonly string[] = []

/** What one connection is interested in: its subscriptions by id, and the rooms it is in. */
export class Interests {
  readonly #limits: Pick<HubLimits, 'maxSubscriptions' | 'maxRooms'>
  /** Its subscriptions; they change with it. */
  readonly selected = new SubscriptionSet()
  /** Rooms that subscriptions name, and how many do; null until one does. */
  #subscribed: Map<string, number> | null = null
  /** Null until it joins one. */
  #joined: Set<string> | null = null
  /** Rooms that subscriptions name and that it has lost the right to; null until it loses one. */
  #denied: Set<string> | null = null
  #automatic: readonly string[] = noRooms

  constructor(limits: Pick<HubLimits, 'maxSubscriptions' | 'maxRooms'>) {
    this.#limits = limits
  }

  get subscriptions(): readonly CompiledSubscription[] {
    return this.selected.list
  }

  /** Every room it is in, but for its user's own: connections of many users can be in the same ones. */
  get rooms(): ReadonlySet<string> {
    return new Set([...this.chosenRooms, ...this.#automatic.filter(room => !isPersonalRoom(room))])
  }

  /** Every room it is in. */
  get allRooms(): ReadonlySet<string> {
    return new Set([...this.chosenRooms, ...this.#automatic])
  }

  /** The rooms of its user alone. */
  get personalRooms(): readonly string[] {
    return this.#automatic.filter(isPersonalRoom)
  }

  /** Rooms it joined and rooms of its subscriptions, without those it lost the right to. */
  get chosenRooms(): ReadonlySet<string> {
    const rooms = this.#named
    for (const room of this.#denied ?? []) rooms.delete(room)
    return rooms
  }

  /** Whether it is in a room by being who it is. */
  isAutomatic(room: string): boolean {
    return this.#automatic.includes(room)
  }

  /** Sets the rooms it is in by being who it is. */
  setAutomatic(rooms: readonly string[]): void {
    this.#automatic = rooms.length === 0 ? noRooms : rooms
  }

  /**
   * Adds a subscription, whose rooms it may be in; one with the same id is replaced.
   * @throws RTB_SUBSCRIPTION_LIMIT RTB_ROOM_LIMIT
   */
  add(subscription: CompiledSubscription): void {
    this.checkRoom(subscription, 0)
    this.#name(this.selected.get(subscription.spec.id), -1)
    this.#name(subscription, 1)
    this.selected.add(subscription)
    for (const room of subscription.spec.rooms) this.#denied?.delete(room)
  }

  /**
   * Sets the subscriptions a client registers with; when one has no room, none is kept.
   * @throws RTB_SUBSCRIPTION_LIMIT RTB_ROOM_LIMIT
   */
  replaceAll(subscriptions: readonly CompiledSubscription[]): void {
    this.#clear()
    try {
      for (const subscription of subscriptions) this.add(subscription)
    } catch (error) {
      this.#clear()
      throw error
    }
  }

  /**
   * Throws when there is no room for a subscription.
   * @param pending subscriptions with other ids that are still replayed
   * @throws RTB_SUBSCRIPTION_LIMIT RTB_ROOM_LIMIT
   */
  checkRoom({ spec }: CompiledSubscription, pending: number): void {
    const limit = this.#limits.maxSubscriptions
    const others = this.selected.size - (this.selected.has(spec.id) ? 1 : 0)
    if (others + pending >= limit) throw rtbridgeError('RTB_SUBSCRIPTION_LIMIT', { limit })
    if (spec.rooms.length === 0) return
    if (new Set([...this.#named, ...spec.rooms]).size > this.#limits.maxRooms) throw this.#roomLimit()
  }

  /** Whether there is a subscription of this id. */
  has(id: string): boolean {
    return this.selected.has(id)
  }

  /** False when there was none. */
  remove(id: string): boolean {
    this.#name(this.selected.get(id), -1)
    return this.selected.remove(id)
  }

  /**
   * Joins a room it may be in.
   * @throws RTB_ROOM_LIMIT
   */
  join(room: string): void {
    this.#joined ??= new Set()
    if (!this.#joined.has(room) && this.#named.size >= this.#limits.maxRooms) throw this.#roomLimit()
    this.#joined.add(room)
    this.#denied?.delete(room)
  }

  /** Leaves a room; a subscription that names the room keeps the connection in it. */
  leave(room: string): void {
    this.#joined?.delete(room)
  }

  /** It has lost the right to a room: neither having joined nor a subscription keeps it there. */
  deny(room: string): void {
    this.#joined?.delete(room)
    if (!this.#named.has(room)) return
    this.#denied ??= new Set()
    this.#denied.add(room)
  }

  get #named(): Set<string> {
    return new Set([...(this.#joined ?? []), ...(this.#subscribed?.keys() ?? [])])
  }

  #name(subscription: CompiledSubscription | undefined, difference: 1 | -1): void {
    for (const room of new Set(subscription?.spec.rooms)) {
      this.#subscribed ??= new Map()
      const count = (this.#subscribed.get(room) ?? 0) + difference
      if (count === 0) this.#subscribed.delete(room)
      else this.#subscribed.set(room, count)
    }
  }

  #clear(): void {
    this.selected.clear()
    this.#subscribed = null
  }

  #roomLimit() {
    return rtbridgeError('RTB_ROOM_LIMIT', { limit: this.#limits.maxRooms })
  }
}
