import type { CustomEventData, HubMessageData } from '../protocol/messages.ts'
import type { ClientError } from './client-error.ts'
import { clientError, hubError } from './client-errors.ts'
import type { ConnectionState } from './connection-state.ts'
import type { Requests } from './requests.ts'

/** Sent and not answered yet, at most: a hub limits how much comes at once. */
const maxInFlight = 20

/** What the outbox uses of the connection. */
export interface OutboxConnection {
  readonly requests: Requests
  readonly state: ConnectionState
  want(): void
  later(work: () => void, ms: number): void
}

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
export class Outbox {
  readonly #connection: OutboxConnection
  /** How many durable events may wait while offline; null = none are taken. */
  readonly #max: number | null
  readonly #letters = new Set<Letter>()

  constructor(connection: OutboxConnection, max: number | null) {
    this.#connection = connection
    this.#max = max
  }

  /** @throws RTB_CLIENT_OFFLINE RTB_CLIENT_QUEUE_FULL RTB_CLIENT_CLOSED, and what the hub says */
  send(data: CustomEventData): Promise<void> {
    return new Promise((resolve, reject) => {
      const { state } = this.#connection
      const isQueued = data.durable && this.#max !== null
      if (state === 'closed') reject(clientError('RTB_CLIENT_CLOSED'))
      else if (state === 'retrying' && !isQueued) reject(clientError('RTB_CLIENT_OFFLINE'))
      else if (state !== 'online' && isQueued && this.#letters.size >= (this.#max ?? 0))
        reject(clientError('RTB_CLIENT_QUEUE_FULL'))
      else {
        this.#letters.add({ data, resolve, reject, isInFlight: false, wasSent: false })
        this.#connection.want()
        this.flush()
      }
    })
  }

  /** Sends what waits, as far as the connection takes it. */
  flush(): void {
    if (this.#connection.state !== 'online') return
    let free = maxInFlight
    for (const letter of this.#letters) {
      if (free-- === 0) return
      if (!letter.isInFlight) this.#post(letter)
    }
  }

  /** The connection is gone: what was stored, perhaps, is sent again; its key keeps it from being stored twice. */
  lost(): void {
    for (const letter of this.#letters) {
      letter.isInFlight = false
      const isKept = letter.data.durable && (letter.wasSent || this.#max !== null)
      if (!isKept) this.#return(letter, clientError('RTB_CLIENT_OFFLINE'))
    }
  }

  /** It will not come back. */
  end(error: ClientError): void {
    for (const letter of this.#letters) this.#return(letter, error)
  }

  #post(letter: Letter): void {
    letter.isInFlight = true
    letter.wasSent = true
    this.#connection.requests.ask('custom_event', letter.data, {
      isUnrepeatable: !letter.data.durable,
      answered: () => {
        this.#letters.delete(letter)
        letter.resolve()
        this.flush()
      },
      refused: error => this.#refused(letter, error),
    })
  }

  #refused(letter: Letter, error: HubMessageData['error']): void {
    if (letter.data.durable && error.retry_ms !== undefined) {
      this.#connection.later(() => {
        letter.isInFlight = false
        this.flush()
      }, error.retry_ms)
      return
    }
    this.#return(letter, hubError(error))
    this.flush()
  }

  #return(letter: Letter, error: ClientError): void {
    this.#letters.delete(letter)
    letter.reject(error)
  }
}
