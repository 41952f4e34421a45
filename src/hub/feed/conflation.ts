import type { Clock } from '../clock.ts'
import type { Counters } from '../counters.ts'
import type { SelectedEvent } from '../matching/selected-event.ts'
import type { EncodedBatch, Position } from '../stream/encoded-batch.ts'
import type { Delivery } from './delivery.ts'
import { HeldEvents } from './held-events.ts'

export interface ConflationOptions {
  readonly clock: Clock
  readonly counters: Pick<Counters, 'conflated'>
  /** Above it everything held goes out early, bytes. */
  readonly limitBytes: number
  /** Resolves when the client has taken what was queued: until then more can be merged. */
  readonly drained: () => Promise<void>
  /** Makes frames; `moves`: the cursor moves to the end of the batch. */
  readonly build: (batch: EncodedBatch, selected: readonly SelectedEvent[], moves: boolean) => Delivery
  /** Gets what goes out when a window ends. */
  readonly onRelease: (delivery: Delivery) => void
}

/**
 * The conflated subscriptions of one connection: holds their events until a window ends. The cursor stands still while
 * anything is held, so a checkpoint never speaks of an event that has not gone out.
 *
 * A window begins with the first event that waits in it. When it ends, what waits in it and in shorter ones goes out:
 * so the end of the longest one leaves nothing, and the cursor moves.
 */
export class Conflation {
  readonly #options: ConflationOptions
  readonly #held = new HeldEvents()
  /** Ends the waiting, by the length of the window, ms. */
  readonly #windows = new Map<number, () => void>()
  /** From before the first event that is held to after the last batch; null while nothing is. */
  #span: { readonly from: Position; readonly to: Position } | null = null

  constructor(options: ConflationOptions) {
    this.#options = options
  }

  get isHolding(): boolean {
    return !this.#held.isEmpty
  }

  /** Estimate of the memory it keeps, bytes. */
  get bytes(): number {
    return this.#held.bytes
  }

  /** Takes the next batch; what it gives goes out now. */
  deliver(batch: EncodedBatch, selected: readonly SelectedEvent[]): Delivery {
    const { counters, limitBytes } = this.#options
    const { replaced } = this.#held
    const out = this.#held.take(selected)
    counters.conflated += this.#held.replaced - replaced
    if (this.#held.bytes > limitBytes) out.push(...this.#held.release())
    for (const { conflateMs } of selected) if (conflateMs !== null && this.isHolding) this.#open(conflateMs)
    return this.#deliver(out, batch)
  }

  /** Lets go of everything now, before what is wanted changes. */
  flush(): void {
    this.#release(Number.POSITIVE_INFINITY)
  }

  /** Makes way for events that reach the client beside the stream: what waits of their rows and is older goes out now. */
  makeWay(events: readonly SelectedEvent[]): void {
    const due = this.#held.releaseBefore(events)
    if (due.length > 0) this.#send(due)
  }

  /** Forgets everything: it will be read again, or is not wanted any more. */
  clear(): void {
    this.#held.clear()
    this.#span = null
    for (const cancel of this.#windows.values()) cancel()
    this.#windows.clear()
  }

  #open(conflateMs: number): void {
    if (this.#windows.has(conflateMs)) return
    const { clock, drained } = this.#options
    let isOpen = true
    const cancel = clock.after(conflateMs, () => {
      void drained().then(() => isOpen && this.#release(conflateMs))
    })
    this.#windows.set(conflateMs, () => {
      isOpen = false
      cancel()
    })
  }

  #release(conflateMs: number): void {
    this.#windows.get(conflateMs)?.()
    this.#windows.delete(conflateMs)
    this.#send(this.#held.release(conflateMs))
  }

  #send(due: readonly SelectedEvent[]): void {
    if (this.#span === null) return
    const batch = { ...this.#span, events: [], bytes: 0 }
    this.#options.onRelease(this.#deliver(due, batch))
  }

  #deliver(out: readonly SelectedEvent[], batch: EncodedBatch): Delivery {
    // If these frames are dropped, the connection has to go back to before the first event that is held.
    const from = this.#span?.from ?? batch.from
    if (this.isHolding) this.#span = { from, to: batch.to }
    else this.clear()
    return this.#options.build({ ...batch, from }, out, !this.isHolding)
  }
}
