import type { Clock } from '../clock.ts'
import type { Counters } from '../counters.ts'
import type { HubLimits } from '../limits.ts'
import type { SelectedEvent } from '../matching/selected-event.ts'
import type { EncodedBatch, Position } from '../stream/encoded-batch.ts'
import type { Delivery } from './delivery.ts'
import { HeldEvents } from './held-events.ts'
import type { OutgoingQueue } from './outgoing-queue.ts'

/** The feed whose events are held back. */
export interface ConflationOwner {
  /** Until what it holds was taken, more can be merged. */
  readonly queue: Pick<OutgoingQueue, 'whenBelow'>
  /** Makes frames; `moves`: the cursor moves to the end of the batch. */
  build(batch: EncodedBatch, selected: readonly SelectedEvent[], moves: boolean): Delivery
  /** Gets what goes out when a window ends. */
  release(delivery: Delivery): void
}

interface Surroundings {
  readonly clock: Clock
  readonly counters: Pick<Counters, 'conflated'>
  /** Above `queueBytes` everything held goes out early. */
  readonly limits: Pick<HubLimits, 'queueBytes'>
}

/**
 * The conflated subscriptions of one connection: holds their events until a window ends. The cursor stands still while
 * anything is held, so a checkpoint never speaks of an event that has not gone out.
 *
 * A window begins with the first event that waits in it. When it ends, what waits in it and in shorter ones goes out:
 * so the end of the longest one leaves nothing, and the cursor moves.
 */
export class Conflation {
  readonly #context: Surroundings
  readonly #owner: ConflationOwner
  /** Null until something has to be held. */
  #held: HeldEvents | null = null
  /** Ends the waiting, by the length of the window, ms; null until the first begins. */
  #windows: Map<number, () => void> | null = null
  /** From before the first event that is held to after the last batch; null while nothing is. */
  #span: { readonly from: Position; readonly to: Position } | null = null

  constructor(context: Surroundings, owner: ConflationOwner) {
    this.#context = context
    this.#owner = owner
  }

  get isHolding(): boolean {
    return this.#held !== null && !this.#held.isEmpty
  }

  /** Estimate of the memory it keeps, bytes. */
  get bytes(): number {
    return this.#held?.bytes ?? 0
  }

  /** Takes the next batch; what it gives goes out now. */
  deliver(batch: EncodedBatch, selected: readonly SelectedEvent[]): Delivery {
    const { counters, limits } = this.#context
    this.#held ??= new HeldEvents()
    const held = this.#held
    const { replaced } = held
    const out = held.take(selected)
    counters.conflated += held.replaced - replaced
    if (held.bytes > limits.queueBytes) out.push(...held.release())
    for (const { conflateMs } of selected) if (conflateMs !== null && this.isHolding) this.#open(conflateMs)
    return this.#deliver(out, batch)
  }

  /** Lets go of everything now, before what is wanted changes. */
  flush(): void {
    this.#release(Number.POSITIVE_INFINITY)
  }

  /** Makes way for events that reach the client beside the stream: what waits of their rows and is older goes out now. */
  makeWay(events: readonly SelectedEvent[]): void {
    const due = this.#held?.releaseBefore(events) ?? []
    if (due.length > 0) this.#send(due)
  }

  /** Forgets everything: it will be read again, or is not wanted any more. */
  clear(): void {
    this.#held?.clear()
    this.#span = null
    for (const cancel of this.#windows?.values() ?? []) cancel()
    this.#windows?.clear()
  }

  #open(conflateMs: number): void {
    this.#windows ??= new Map()
    if (this.#windows.has(conflateMs)) return
    let isOpen = true
    const cancel = this.#context.clock.after(conflateMs, () => {
      void this.#owner.queue.whenBelow(0).then(() => isOpen && this.#release(conflateMs))
    })
    this.#windows.set(conflateMs, () => {
      isOpen = false
      cancel()
    })
  }

  #release(conflateMs: number): void {
    this.#windows?.get(conflateMs)?.()
    this.#windows?.delete(conflateMs)
    this.#send(this.#held?.release(conflateMs) ?? [])
  }

  #send(due: readonly SelectedEvent[]): void {
    if (this.#span === null) return
    const batch = { ...this.#span, events: [], bytes: 0 }
    this.#owner.release(this.#deliver(due, batch))
  }

  #deliver(out: readonly SelectedEvent[], batch: EncodedBatch): Delivery {
    // If these frames are dropped, the connection has to go back to before the first event that is held.
    const from = this.#span?.from ?? batch.from
    if (this.isHolding) this.#span = { from, to: batch.to }
    else this.clear()
    return this.#owner.build({ ...batch, from }, out, !this.isHolding)
  }
}
