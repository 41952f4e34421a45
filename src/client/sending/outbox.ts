import type { CustomEventData } from '../../protocol/messages.ts'
import type { ClientError } from '../api/client-error.ts'
import { clientError, hubError } from '../api/client-errors.ts'
import type { Core, Extension } from '../machine/extension.ts'

export interface Letter {
  readonly data: CustomEventData
  resolve(): void
  reject(error: ClientError): void
  /** It is on its way. */
  isInFlight?: boolean
  /** It may have been stored. */
  wasSent?: boolean
}

/** What the app sends, in order, until the hub has taken it. */
export class Outbox implements Extension {
  readonly #core: Core
  readonly letters = new Set<Letter>()
  /** How many durable events may wait while offline. */
  max = 0
  /** Whether another one may be on its way. */
  mayPost = () => true

  constructor(core: Core) {
    this.#core = core
  }

  /** @throws RTB_CLIENT_OFFLINE RTB_CLIENT_CLOSED, what the hub says; TypeError when the data cannot be written as JSON */
  send(data: CustomEventData): Promise<void> {
    return new Promise((resolve, reject) => {
      const { state } = this.#core
      if (state === 'closed') reject(clientError('RTB_CLIENT_CLOSED'))
      else if (state === 'retrying' && !(data.durable && this.max)) reject(clientError('RTB_CLIENT_OFFLINE'))
      else {
        // What cannot be written would fail each connection anew.
        JSON.stringify(data)
        this.letters.add({ data, resolve, reject })
        this.#core.want()
        this.registered()
      }
    })
  }

  /** Sends what waits, as far as the connection takes it. */
  registered(): void {
    for (const letter of this.letters) {
      if (letter.isInFlight) continue
      if (this.#core.state !== 'online' || !this.mayPost()) return
      this.#post(letter)
    }
  }

  /** What was stored, perhaps, is sent again: its key keeps it from being stored twice. */
  lost(): void {
    for (const letter of this.letters) {
      letter.isInFlight = false
      if (!letter.data.durable || !(letter.wasSent || this.max))
        this.end(letter, clientError('RTB_CLIENT_OFFLINE'))
    }
  }

  ended(error: ClientError): void {
    for (const letter of this.letters) this.end(letter, error)
  }

  #post(letter: Letter): void {
    letter.isInFlight = true
    letter.wasSent = true
    this.#core.requests.ask('custom_event', letter.data, {
      answered: () => this.end(letter),
      refused: error => this.end(letter, hubError(error)),
    })
  }

  /** The hub has taken it, or it cannot be sent. */
  end(letter: Letter, error?: ClientError): void {
    this.letters.delete(letter)
    if (error) letter.reject(error)
    else letter.resolve()
    this.registered()
  }
}
