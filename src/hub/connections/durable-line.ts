import { rtbridgeError } from '../../domain/errors/registry.ts'
import type { PublishDurable } from '../context.ts'

type DurableEvent = Parameters<PublishDurable>[0]

/** Custom events of one client on their way to the journal: one after the other, so that they keep their order. */
export class DurableLine {
  readonly #limitBytes: number
  #waitingBytes = 0
  #last: Promise<unknown> = Promise.resolve()

  /** @param limitBytes when more than this waits, nothing is added to it */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  /**
   * Resolves when the event is stored.
   * @throws RTB_CUSTOM_EVENT_FAILED when it was not, or when the client sends faster than the database stores
   */
  async store(event: DurableEvent, publish: PublishDurable): Promise<void> {
    if (this.#waitingBytes > this.#limitBytes) throw rtbridgeError('RTB_CUSTOM_EVENT_FAILED', {})
    const bytes = event.data.length + event.eventType.length + (event.room?.length ?? 0)
    this.#waitingBytes += bytes
    const stored = this.#last.then(() => publish(event))
    this.#last = stored.catch(() => {})
    try {
      await stored
    } catch (cause) {
      throw rtbridgeError('RTB_CUSTOM_EVENT_FAILED', {}, cause)
    } finally {
      this.#waitingBytes -= bytes
    }
  }
}
