import type { HubMessageData } from '../../protocol/messages.ts'
import type { Core, Extension } from '../machine/extension.ts'
import type { Letter, Outbox } from './outbox.ts'

/** Sent and not answered yet, at most: a hub limits how much comes at once. */
const maxPosted = 20

/**
 * Holds back what must not go out yet: what is too much at once, and durable events while the hub cannot store any. One
 * that it did not take for that reason is sent again with its key, because it may have been stored all the same.
 */
export class HeldLetters implements Extension {
  readonly #core: Core
  readonly #outbox: Outbox
  /** Nothing durable passes what is to be sent again. */
  #isPaused = false

  constructor(core: Core, outbox: Outbox) {
    this.#core = core
    this.#outbox = outbox
    outbox.holds = ({ data }) => outbox.posted.size >= maxPosted || (this.#isPaused && data.durable === true)
    outbox.keeps = (letter, error) => this.#keep(letter, error)
  }

  lost(): void {
    this.#isPaused = false
  }

  #keep(letter: Letter, { retry_ms: retryMs }: HubMessageData['error']): boolean {
    if (!retryMs || !letter.data.durable) return false
    this.#outbox.posted.delete(letter)
    if (!this.#isPaused) {
      this.#isPaused = true
      this.#core.later(() => {
        this.#isPaused = false
        this.#outbox.registered()
      }, retryMs)
    }
    return true
  }
}
