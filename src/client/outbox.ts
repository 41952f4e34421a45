import type { CustomEventData } from '../protocol/messages.ts'
import type { ClientError } from './client-error.ts'
import { clientError, hubError } from './client-errors.ts'
import type { Core, Extension } from './extension.ts'

/** Sent and not answered yet, at most: a hub limits how much comes at once. */
const maxInFlight = 20

interface Letter {
  readonly data: CustomEventData
  resolve(): void
  reject(error: ClientError): void
  /** It is on its way. */
  isInFlight: boolean
  /** It may have been stored. */
  wasSent: boolean
}

/** What the app sends, in order, until the hub has taken it. */
export class Outbox implements Extension {
  readonly #core: Core
  /** How many durable events may wait while offline. */
  readonly #max: number
  readonly #letters = new Set<Letter>()

  constructor(core: Core) {
    this.#core = core
    this.#max = core.options.offlineQueue?.max ?? 0
  }

  /** @throws RTB_CLIENT_OFFLINE RTB_CLIENT_QUEUE_FULL RTB_CLIENT_CLOSED, and what the hub says */
  send(data: CustomEventData): Promise<void> {
    return new Promise((resolve, reject) => {
      const { state } = this.#core
      const mayWait = data.durable && this.#max > 0
      if (state === 'closed') reject(clientError('RTB_CLIENT_CLOSED'))
      else if (state === 'retrying' && !mayWait) reject(clientError('RTB_CLIENT_OFFLINE'))
      else if (state !== 'online' && mayWait && this.#letters.size >= this.#max)
        reject(clientError('RTB_CLIENT_QUEUE_FULL'))
      else {
        this.#letters.add({ data, resolve, reject, isInFlight: false, wasSent: false })
        this.#core.want()
        this.registered()
      }
    })
  }

  /** Sends what waits, as far as the connection takes it. */
  registered(): void {
    if (this.#core.state !== 'online') return
    let free = maxInFlight
    for (const letter of this.#letters) {
      if (free-- === 0) return
      if (!letter.isInFlight) this.#post(letter)
    }
  }

  /** What was stored, perhaps, is sent again: its key keeps it from being stored twice. */
  lost(): void {
    for (const letter of this.#letters) {
      letter.isInFlight = false
      if (!letter.data.durable || !(letter.wasSent || this.#max))
        this.#end(letter, clientError('RTB_CLIENT_OFFLINE'))
    }
  }

  ended(error: ClientError): void {
    for (const letter of this.#letters) this.#end(letter, error)
  }

  #post(letter: Letter): void {
    const { data } = letter
    letter.isInFlight = true
    letter.wasSent = true
    this.#core.requests.ask('custom_event', data, {
      isUnrepeatable: !data.durable,
      answered: () => this.#end(letter),
      refused: error => {
        if (!data.durable || !error.retry_ms) this.#end(letter, hubError(error))
        else {
          this.#core.later(() => {
            letter.isInFlight = false
            this.registered()
          }, error.retry_ms)
        }
      },
    })
  }

  #end(letter: Letter, error?: ClientError): void {
    this.#letters.delete(letter)
    if (error) letter.reject(error)
    else letter.resolve()
    this.registered()
  }
}
