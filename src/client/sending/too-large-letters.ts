import { messageTooBigCode } from '../../protocol/close-codes.ts'
import { wholeClientError } from '../api/whole-client-errors.ts'
import type { Core, Extension } from '../machine/extension.ts'
import type { Outbox } from './outbox.ts'

/** Gives up an event that is longer than the hub takes: sent again, it would end the next connection, too. */
export class TooLargeLetters implements Extension {
  readonly #core: Core
  readonly #outbox: Outbox

  constructor(core: Core, outbox: Outbox) {
    this.#core = core
    this.#outbox = outbox
  }

  /** The hub does not say which one it was; the longest of those on their way was. */
  lost(): void {
    const { code, error } = this.#core.connection.status
    if (code !== 'RTB_FRAME_TOO_LARGE' && error?.cause !== messageTooBigCode) return
    const sent = [...this.#outbox.letters].filter(({ isInFlight }) => isInFlight)
    const sizes = sent.map(({ data }) => JSON.stringify(data).length)
    const longest = sent[sizes.indexOf(Math.max(...sizes))]
    if (!longest) return
    this.#outbox.end(longest, wholeClientError('RTB_CLIENT_TOO_LARGE', longest.data.event_type, error))
  }
}
