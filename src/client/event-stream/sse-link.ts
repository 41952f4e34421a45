import type {
  ClientMessageData,
  ClientMessageType,
  HubMessage,
  SubscribeData,
} from '../../protocol/messages.ts'
import { clientError } from '../api/client-errors.ts'
import { wholeClientError } from '../api/whole-client-errors.ts'
import type { Link, LinkListener } from '../connection/link.ts'
import type { HubHttpOptions } from './hub-http.ts'
import { HubHttp } from './hub-http.ts'
import { readEventStream } from './read-event-stream.ts'
import type { AnswerListener } from './requests-beside.ts'
import { createRequestsBeside, errorData } from './requests-beside.ts'
import { createStreamMembers } from './stream-members.ts'

export interface SseLinkOptions extends HubHttpOptions {
  readonly parse: (text: string) => unknown
  readonly listener: LinkListener
}

/**
 * An event stream and requests beside it, in the manner of a socket: answers come as messages. A stream cannot be told
 * anything, so a change of the subscriptions is another stream that goes on where this one is.
 */
export class SseLink implements Link, AnswerListener {
  readonly #http: HubHttp
  readonly #parse: (text: string) => unknown
  readonly #listener: LinkListener
  readonly #members = createStreamMembers()
  readonly #beside: ReturnType<typeof createRequestsBeside>
  #registration: ClientMessageData['register'] | null = null
  #cursor: string | null | undefined
  #stream: AbortController | null = null
  #isRegistered = false
  #isChanging = false
  isOver = false

  constructor({ parse, listener, ...http }: SseLinkOptions) {
    this.#http = new HubHttp(http)
    this.#parse = parse
    this.#listener = listener
    this.#beside = createRequestsBeside(this.#http, this)
  }

  send<Type extends ClientMessageType>(type: Type, data: ClientMessageData[Type], messageId?: string): void {
    if (type === 'register') this.#register(data as ClientMessageData['register'])
    else if (type === 'subscribe') this.#subscribe(data as SubscribeData, messageId)
    else if (type === 'unsubscribe') {
      const { id } = data as ClientMessageData['unsubscribe']
      this.#members.remove(id)
      this.#change()
      this.say('unsubscribed', { id, in_reply_to: messageId })
    } else if (type === 'auth') {
      const { token } = data as ClientMessageData['auth']
      if (token !== this.#http.token) this.#change()
      this.#http.token = token
    } else this.#beside.ask(type, data, messageId)
  }

  end(): void {
    this.isOver = true
    this.#stream?.abort()
  }

  #register(data: ClientMessageData['register']): void {
    this.#registration = data
    this.#http.token = data.token
    this.#cursor = data.resume
    void this.#open(data.subscriptions)
  }

  #subscribe({ since, ...data }: SubscribeData, messageId: string | undefined): void {
    // The stream has one position: its only subscription may choose it.
    if (since && since !== this.#cursor && !this.#members.isEmpty()) {
      this.say('error', {
        ...errorData(wholeClientError('RTB_CLIENT_UNSUPPORTED', 'since')),
        in_reply_to: messageId,
      })
      return
    }
    this.#cursor = since ?? this.#cursor
    this.#members.add({ data, messageId })
    this.#change()
  }

  /** Opens the next stream, soon: changes that come together are one. */
  #change(): void {
    if (this.#isChanging || !this.#isRegistered) return
    this.#isChanging = true
    queueMicrotask(() => {
      this.#isChanging = false
      if (!this.isOver) void this.#open()
    })
  }

  async #open(first?: readonly SubscribeData[]): Promise<void> {
    if (this.#registration === null) return
    this.#stream?.abort()
    const stream = new AbortController()
    this.#stream = stream
    const isOver = () => this.isOver || stream !== this.#stream
    const subscriptions = this.#members.next(first)
    try {
      const body = await this.#http.openStream(
        { ...this.#registration, resume: this.#cursor, subscriptions },
        stream.signal,
      )
      if (isOver()) return
      await readEventStream(body, {
        heard: () => isOver() || this.heard(),
        block: (name, text, cursor) => isOver() || this.#block(name, text, cursor),
      })
      if (!isOver()) this.lost('the stream ended')
    } catch (error) {
      if (!isOver()) this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    const data = errorData(error)
    if (!/^RTB_(?!CLIENT)/.test(data.code)) this.lost(data.message)
    else if (!this.#isRegistered) this.say('error', { ...data, in_reply_to: 'register' })
    // Who one is, and how many there are, is no fault of what was brought in: that goes on with the next connection.
    else if (!this.#members.isJoining() || /^RTB_(AUTH|HUB|LIMIT)_/.test(data.code)) this.lost(data.code)
    else this.#refused(data)
  }

  /** What could not begin ends the stream, which says why, and not which. @returns false when it is none of these */
  #couldNotBegin({ code }: { readonly code: string }): boolean {
    return (
      (/^RTB_ROOM_/.test(code) && this.#isRegistered && this.#members.isJoining()) ||
      (/^RTB_SNAPSHOT_/.test(code) && this.#members.isReading())
    )
  }

  /** A socket would go on without them: each is asked for by itself then, and gets its own answer. */
  #beginWithoutRooms(error: object): void {
    this.#members.removeRooms()
    this.say('error', { ...error, in_reply_to: 'register' })
    void this.#open()
  }

  #refused(error: object): void {
    const refused = this.#members.refused()
    if (refused) this.say('error', { ...error, in_reply_to: refused.messageId })
    this.#change()
  }

  heard(): void {
    this.#listener.heard()
    this.#beside.poll()
  }

  lost(reason: string): void {
    this.end()
    const code = this.#isRegistered ? 'RTB_CLIENT_CONNECTION_LOST' : 'RTB_CLIENT_CONNECT_FAILED'
    this.#listener.closed(1006, clientError(code, reason))
  }

  #block(name: string, text: string, cursor: string | null): void {
    try {
      const data = this.#parse(text) as never
      // What has no id of an event is the hub's own word.
      if ('event_id' in data)
        this.say('events', { events: [data], cursor: cursor ?? undefined, checkpoint: false })
      else this.#hear(name, data)
      this.#cursor = cursor ?? this.#cursor
    } catch (error) {
      this.end()
      this.#listener.closed(1003, clientError('RTB_CLIENT_FRAME', '', error))
    }
  }

  #hear(name: string, data: { readonly id: string; readonly code: string; readonly cursor: string }): void {
    const isError = name === 'error'
    if (name === 'registered') this.#registered(data)
    else if (isError && this.#couldNotBegin(data)) this.#refused(data)
    else if (isError && !this.#isRegistered && /^RTB_ROOM_(?!LIMIT)/.test(data.code))
      this.#beginWithoutRooms(data)
    else {
      if (name === 'subscribed') {
        this.#members.settled(data.id)
        this.#bringIn()
      }
      this.say(name, data)
    }
  }

  #registered(data: { readonly cursor: string }): void {
    const joined = this.#members.begun()
    if (!this.#isRegistered) this.say('registered', data)
    this.#isRegistered = true
    for (const {
      data: { id },
      messageId,
    } of joined) {
      this.say('subscribed', { id, cursor: data.cursor, resumed: 'fresh', in_reply_to: messageId })
    }
    this.#bringIn()
  }

  #bringIn(): void {
    if (this.#members.mayGrow()) this.#change()
  }

  say(message_type: string, data: object): void {
    this.#listener.message({ message_type, data } as HubMessage)
  }
}
