import type { GapReason } from '../../domain/cursor.ts'
import type { Resumed } from '../../protocol/messages.ts'
import type { EncodedBatch, Position } from '../stream/encoded-batch.ts'
import type { ReplayFeed } from './catch-up.ts'
import type { Feed } from './feed.ts'

/** What a replay of one subscription asks of its connection. */
export interface SubscriptionReplayOwner {
  readonly feed: Feed
  /** The frames of a batch for this subscription alone. */
  frames(batch: EncodedBatch): readonly Buffer[]
  /** The frames of what was held back of the batches so far, which ended here. */
  rest(at: Position): readonly Buffer[]
  /** What was held back is of before a gap. */
  forget(): void
  /** The hub's last checkpoint. */
  present(): Position
  /** The subscription has reached the present; from this tick on it is part of the connection. */
  attach(outcome: { readonly resumed: Resumed; readonly reason: GapReason | null }): void
}

/**
 * Brings one new subscription of a connection to the present. Its events travel in the connection's queue, but they
 * move nothing: the cursor belongs to the whole stream.
 */
export class SubscriptionReplay implements ReplayFeed {
  position: Position
  readonly #owner: SubscriptionReplayOwner
  #resumed: Resumed
  #reason: GapReason | null = null
  #abort = new AbortController()
  #isDone = false

  /** @param resumed what to answer when there is no gap */
  constructor(owner: SubscriptionReplayOwner, from: Position, resumed: Resumed) {
    this.#owner = owner
    this.position = from
    this.#resumed = resumed
  }

  get isCatchingUp(): boolean {
    return !this.#isDone && this.#owner.feed.state !== 'closed'
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get queue() {
    return this.#owner.feed.queue
  }

  take(batch: EncodedBatch): void {
    this.#push(this.#owner.frames(batch))
    this.position = batch.to
  }

  gap(reason: GapReason): void {
    this.#resumed = 'gap'
    this.#reason = reason
    this.#owner.forget()
    this.position = this.#owner.present()
  }

  /** Of what was replayed it is not known whether it was all. */
  lose(): void {
    this.#resumed = 'gap'
  }

  /** Waits until the connection itself is live: then both are at the head, and one step joins them. */
  arrive(): void | Promise<void> {
    const { feed } = this.#owner
    if (feed.state !== 'live') return feed.whenLive()
    this.#isDone = true
    this.#push(this.#owner.rest(this.position))
    this.#owner.attach({ resumed: this.#resumed, reason: this.#reason })
  }

  /** The hub's stream started over. */
  restart(reason: GapReason): void {
    this.gap(reason)
    const previous = this.#abort
    this.#abort = new AbortController()
    previous.abort()
  }

  /** Nobody wants it any more. */
  cancel(): void {
    this.#isDone = true
    this.#abort.abort()
  }

  #push(frames: readonly Buffer[]): void {
    this.queue.push({ frames, kind: 'replay', from: null })
  }
}
