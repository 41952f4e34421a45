import type { CustomEventData, HubMessageData } from '../../protocol/messages.ts'
import type { ClientError } from '../api/client-error.ts'
import { clientError, hubError } from '../api/client-errors.ts'
import type { Core, Extension } from '../machine/extension.ts'

export interface Letter {
  readonly data: CustomEventData
  resolve(): void
  reject(error: ClientError): void
  /** It may have been stored. */
  wasSent?: boolean
}

/** What the app sends, in order, until the hub has taken it. */
export class Outbox implements Extension {
  readonly #core: Core
  readonly letters = new Set<Letter>()
  /** Those of them that are on their way. */
  readonly posted = new Set<Letter>()
  /** How many durable events may wait while offline. */
  max = 0
  /** Whether a letter must not go out yet; undefined = it may. */
  holds?: (letter: Letter) => boolean
  /** Told of a letter that the hub did not take; true = it is kept, to go out again. */
  keeps?: (letter: Letter, error: HubMessageData['error']) => boolean

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
      if (this.#core.state === 'online' && !this.posted.has(letter) && !this.holds?.(letter))
        this.#post(letter)
    }
  }

  /** What was stored, perhaps, is sent again: its key keeps it from being stored twice. */
  lost(): void {
    this.posted.clear()
    for (const letter of this.letters) {
      if (!(letter.data.durable && (letter.wasSent || this.max)))
        this.end(letter, clientError('RTB_CLIENT_OFFLINE'))
    }
  }

  ended(error: ClientError): void {
    for (const letter of this.letters) this.end(letter, error)
  }

  #post(letter: Letter): void {
    this.posted.add(letter)
    letter.wasSent = true
    this.#core.requests.ask('custom_event', letter.data, {
      answered: () => this.end(letter),
      refused: error => this.keeps?.(letter, error) || this.end(letter, hubError(error)),
    })
  }

  /** The hub has taken it, or it cannot be sent. */
  end(letter: Letter, error?: ClientError): void {
    this.letters.delete(letter)
    this.posted.delete(letter)
    if (error) letter.reject(error)
    else letter.resolve()
    this.registered()
  }
}
