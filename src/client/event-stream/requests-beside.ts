import type { ClientMessageType, CustomEventData, PresenceData } from '../../protocol/messages.ts'
import type { HubRefusal } from '../api/client-errors.ts'
import type { HubHttp } from './hub-http.ts'

/** Pause between two looks at who is there, at least, ms; the hub's signs of life, every 15 s, are the occasion. */
const pollMs = 10_000

/** Who hears the answers. */
export interface AnswerListener {
  readonly isOver: boolean
  /** Something came. */
  heard(): void
  say(type: string, data: object): void
  /** Nobody knows what became of what was asked. */
  lost(reason: string): void
}

/** What is asked beside an event stream; answers come as a socket's would. */
export function createRequestsBeside(http: HubHttp, listener: AnswerListener) {
  /** Rooms about whose people it is asked now and then: the stream says nothing of them. */
  const watched = new Set<string | null>()
  let polledAt = 0
  /** What is sent, one after the other. */
  let posting = Promise.resolve()
  /** Of the last event that is to be sent again: those behind it are, too, or they would pass it. */
  let postponed: HubRefusal | undefined

  async function ask(type: ClientMessageType, data: unknown, in_reply_to?: string): Promise<void> {
    const answer = await http.ask(type, data).catch(errorData)
    if (listener.isOver) return
    if ('type' in answer) {
      listener.heard()
      const { room = null, subscribe } = data as PresenceData
      if (subscribe) watched.add(room)
      else if (subscribe === false) watched.delete(room)
      listener.say(answer.type, { ...answer.data, in_reply_to })
    } else if (answer.code === 'RTB_CLIENT_CONNECTION_LOST') {
      // It is for the next connection, as after a socket that was cut.
      listener.lost(answer.message)
    } else if (in_reply_to) {
      if (answer.retry_ms) postponed = answer
      listener.say('error', { ...answer, in_reply_to })
    }
  }

  return {
    ask(type: ClientMessageType, data: unknown, messageId: string | undefined): void {
      const begin = () => ask(type, data, messageId)
      // Requests overtake each other; events of one app must not.
      const { durable } = data as CustomEventData
      const before = postponed
      const post = () => {
        // What the one before became of is for the next connection to find out, and this one goes out behind it.
        if (listener.isOver) return
        if (!durable || postponed === before) return begin()
        listener.say('error', { ...postponed, in_reply_to: messageId })
        return
      }
      if (type === 'custom_event') posting = posting.then(post)
      else void begin()
    },

    /** Asks who is there, when that was long ago. */
    poll(): void {
      const now = performance.now()
      if (now - polledAt < pollMs) return
      polledAt = now
      for (const room of watched) void ask('presence', { room })
    },
  }
}

/** An error in the words of the protocol; of one that is not the client's or the hub's, without a code. */
export function errorData(error: unknown): HubRefusal {
  const { code, message, hint, retry_ms } = error as HubRefusal
  return { code, message, hint, ...(retry_ms && { retry_ms }) }
}
