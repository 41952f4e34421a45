import { rtbridgeError } from '../../domain/errors/registry.ts'
import type { HubLimits } from '../limits.ts'
import type { CompiledSubscription } from './subscription.ts'

/** What one connection is interested in: its subscriptions by id, and the rooms it joined. */
export class Interests {
  readonly #limits: Pick<HubLimits, 'maxSubscriptions' | 'maxRooms'>
  readonly #subscriptions = new Map<string, CompiledSubscription>()
  readonly #joined = new Set<string>()

  constructor(limits: Pick<HubLimits, 'maxSubscriptions' | 'maxRooms'>) {
    this.#limits = limits
  }

  get subscriptions(): readonly CompiledSubscription[] {
    return [...this.#subscriptions.values()]
  }

  /** Rooms it joined and rooms of its subscriptions. */
  get rooms(): ReadonlySet<string> {
    const rooms = new Set(this.#joined)
    for (const { spec } of this.#subscriptions.values()) for (const room of spec.rooms) rooms.add(room)
    return rooms
  }

  /**
   * Adds a subscription; one with the same id is replaced.
   * @throws RTB_SUBSCRIPTION_LIMIT RTB_ROOM_LIMIT
   */
  add(subscription: CompiledSubscription): void {
    this.checkRoom(subscription, 0)
    this.#subscriptions.set(subscription.spec.id, subscription)
  }

  /**
   * Sets the subscriptions a client registers with; when one has no room, none is kept.
   * @throws RTB_SUBSCRIPTION_LIMIT RTB_ROOM_LIMIT
   */
  replaceAll(subscriptions: readonly CompiledSubscription[]): void {
    this.#subscriptions.clear()
    try {
      for (const subscription of subscriptions) this.add(subscription)
    } catch (error) {
      this.#subscriptions.clear()
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
    const others = this.#subscriptions.size - (this.#subscriptions.has(spec.id) ? 1 : 0)
    if (others + pending >= limit) throw rtbridgeError('RTB_SUBSCRIPTION_LIMIT', { limit })
    if (new Set([...this.rooms, ...spec.rooms]).size > this.#limits.maxRooms) throw this.#roomLimit()
  }

  /** False when there was none. */
  remove(id: string): boolean {
    return this.#subscriptions.delete(id)
  }

  /** @throws RTB_ROOM_LIMIT */
  join(room: string): void {
    if (!this.#joined.has(room) && this.rooms.size >= this.#limits.maxRooms) throw this.#roomLimit()
    this.#joined.add(room)
  }

  /** Leaves a room; a subscription that names the room keeps the connection in it. */
  leave(room: string): void {
    this.#joined.delete(room)
  }

  #roomLimit() {
    return rtbridgeError('RTB_ROOM_LIMIT', { limit: this.#limits.maxRooms })
  }
}
