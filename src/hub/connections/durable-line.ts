import { isPassing } from '../../domain/errors/passing-errors.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import type { PublishDurable } from '../context.ts'

type DurableEvent = Parameters<PublishDurable>[0]

/** The database was away. */
interface Failure {
  readonly cause: unknown
}

/** Custom events of one client on their way to the journal: one after the other, so that they keep their order. */
export class DurableLine {
  readonly #limitBytes: number
  #waitingBytes = 0
  #last: Promise<unknown> = Promise.resolve()
  /** The last one: what was in the line by then is behind it, what comes later is not. */
  #failed: Failure | null = null

  /** @param limitBytes when more than this waits, nothing is added to it */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  /**
   * Resolves when the event is stored. One that may be sent again is not stored before those that were sent before it and will
   * be sent again, too.
   * @throws RTB_CUSTOM_EVENT_FAILED when it was not, or when the client sends faster than the database stores
   */
  async store(event: DurableEvent, publish: PublishDurable): Promise<void> {
    if (this.#waitingBytes > this.#limitBytes) throw rtbridgeError('RTB_CUSTOM_EVENT_FAILED', {})
    const bytes = event.data.length + event.eventType.length + (event.room?.length ?? 0)
    this.#waitingBytes += bytes
    const before = this.#failed
    const stored = this.#last.then(() => this.#publish(event, before, publish))
    this.#last = stored.catch(() => {})
    try {
      await stored
    } catch (cause) {
      throw rtbridgeError('RTB_CUSTOM_EVENT_FAILED', {}, cause)
    } finally {
      this.#waitingBytes -= bytes
    }
  }

  async #publish(event: DurableEvent, before: Failure | null, publish: PublishDurable): Promise<void> {
    const failed = this.#failed
    if (event.once !== undefined && failed !== null && failed !== before) throw failed.cause
    try {
      await publish(event)
    } catch (cause) {
      if (isPassing(cause)) this.#failed = { cause }
      throw cause
    }
  }
}
