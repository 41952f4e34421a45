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
export interface Outbox extends Extension {
  readonly letters: Set<Letter>
  /** Those of them that are on their way. */
  readonly posted: Set<Letter>
  /** How many durable events may wait while offline. */
  max: number
  /** Whether a letter must not go out yet; undefined = it may. */
  holds?: (letter: Letter) => boolean
  /** Told of a letter that the hub did not take; true = it is kept, to go out again. */
  keeps?: (letter: Letter, error: HubMessageData['error']) => boolean
  /** @throws RTB_CLIENT_OFFLINE RTB_CLIENT_CLOSED, what the hub says; TypeError when the data cannot be written as JSON */
  send(data: CustomEventData): Promise<void>
  /** Sends what waits, as far as the connection takes it. */
  registered(): void
  /** The hub has taken it, or it cannot be sent. */
  end(letter: Letter, error?: ClientError): void
}

export function createOutbox(core: Core): Outbox {
  const letters = new Set<Letter>()
  const posted = new Set<Letter>()

  function registered(): void {
    for (const letter of letters) {
      if (core.state === 'online' && !posted.has(letter) && !outbox.holds?.(letter)) post(letter)
    }
  }

  function post(letter: Letter): void {
    posted.add(letter)
    letter.wasSent = true
    core.requests.ask('custom_event', letter.data, {
      answered: () => end(letter),
      refused: error => outbox.keeps?.(letter, error) || end(letter, hubError(error)),
    })
  }

  function end(letter: Letter, error?: ClientError): void {
    letters.delete(letter)
    posted.delete(letter)
    if (error) letter.reject(error)
    else letter.resolve()
    registered()
  }

  const outbox: Outbox = {
    letters,
    posted,
    max: 0,
    registered,
    end,

    send(data) {
      return new Promise((resolve, reject) => {
        const { state } = core
        if (state === 'closed') reject(clientError('RTB_CLIENT_CLOSED'))
        else if (state === 'retrying' && !(data.durable && outbox.max))
          reject(clientError('RTB_CLIENT_OFFLINE'))
        else {
          // What cannot be written would fail each connection anew.
          JSON.stringify(data)
          letters.add({ data, resolve, reject })
          core.want()
          registered()
        }
      })
    },

    /** What was stored, perhaps, is sent again: its key keeps it from being stored twice. */
    lost() {
      posted.clear()
      for (const letter of letters) {
        if (!(letter.data.durable && (letter.wasSent || outbox.max)))
          end(letter, clientError('RTB_CLIENT_OFFLINE'))
      }
    },

    ended(error) {
      for (const letter of letters) end(letter, error)
    },
  }
  return outbox
}
