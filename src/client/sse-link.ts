import type { ClientMessageData, ClientMessageType, HubMessage, SubscribeData } from '../protocol/messages.ts'
import { clientError } from './client-errors.ts'
import type { HubHttpOptions } from './hub-http.ts'
import { HubHttp } from './hub-http.ts'
import type { Link, LinkListener } from './link.ts'
import { readEventStream } from './read-event-stream.ts'
import { wholeClientError } from './whole-client-errors.ts'

/** Names of blocks that carry what the hub says; all others carry an event. */
const hubWords =
  /^(registered|checkpoint|gap|status|error|going_away|authenticated|hubs|snapshot|snapshot_end|subscribed|left)$/

/** Pause between two looks at who is there, at least, ms; the hub's signs of life, every 15 s, are the occasion. */
const pollMs = 10_000

/** Events of a table whose rows are known. */
const tableEvents = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']

export interface SseLinkOptions extends HubHttpOptions {
  readonly parse: (text: string) => unknown
  readonly listener: LinkListener
}

/** A subscription that waits to become part of the stream. */
interface Waiting {
  readonly data: SubscribeData
  readonly messageId: string | undefined
}

/**
 * An event stream and requests beside it, in the manner of a socket: answers come as messages. A stream cannot be told
 * anything, so a change of the subscriptions is another stream that goes on where this one is.
 */
export class SseLink implements Link {
  readonly #http: HubHttp
  readonly #parse: (text: string) => unknown
  readonly #listener: LinkListener
  readonly #subscriptions = new Map<string, SubscribeData>()
  #registration: ClientMessageData['register'] | null = null
  #cursor: string | null | undefined
  #stream: AbortController | null = null
  #isRegistered = false
  #isChanging = false
  /** What the stream that is being opened brings in. */
  #joining: readonly Waiting[] = []
  #waiting: Waiting[] = []
  /** Live tables in the stream whose rows have not all come. */
  #reading: Waiting[] = []
  /** One of several that were brought in was refused: each comes alone, to find which. */
  #isCareful = false
  /** Rooms about whose people it is asked now and then: the stream says nothing of them. */
  readonly #watched = new Set<string | null>()
  #polledAt = 0
  /** What is sent, one after the other. */
  #posting = Promise.resolve()
  isOver = false

  constructor({ parse, listener, ...http }: SseLinkOptions) {
    this.#http = new HubHttp(http)
    this.#parse = parse
    this.#listener = listener
  }

  send<Type extends ClientMessageType>(type: Type, data: ClientMessageData[Type], messageId?: string): void {
    if (type === 'register') this.#register(data as ClientMessageData['register'])
    else if (type === 'subscribe') this.#subscribe(data as SubscribeData, messageId)
    else if (type === 'unsubscribe') {
      const { id } = data as ClientMessageData['unsubscribe']
      this.#subscriptions.delete(id)
      this.#waiting = without(this.#waiting, id)
      this.#reading = without(this.#reading, id)
      this.#change()
      this.#say('unsubscribed', { id, in_reply_to: messageId })
    } else if (type === 'auth') {
      const { token } = data as ClientMessageData['auth']
      if (token !== this.#http.token) this.#change()
      this.#http.token = token
    } else if (type === 'custom_event') {
      // Requests overtake each other; events of one app must not.
      this.#posting = this.#posting.then(() => this.#ask(type, data, messageId))
    } else void this.#ask(type, data, messageId)
  }

  end(): void {
    this.isOver = true
    this.#stream?.abort()
  }

  #register(data: ClientMessageData['register']): void {
    this.#registration = data
    this.#http.token = data.token
    this.#cursor = data.resume
    this.#subscriptions.clear()
    for (const subscription of data.subscriptions ?? [])
      this.#subscriptions.set(subscription.id, subscription)
    void this.#open()
  }

  #subscribe({ since, ...data }: SubscribeData, messageId: string | undefined): void {
    // The stream has one position: its only subscription may choose it.
    const isAlone = this.#subscriptions.size + this.#waiting.length + this.#joining.length === 0
    if (since && since !== this.#cursor && !isAlone) {
      this.#say('error', {
        ...errorData(wholeClientError('RTB_CLIENT_UNSUPPORTED', 'since')),
        in_reply_to: messageId,
      })
      return
    }
    this.#cursor = since ?? this.#cursor
    this.#reading = without(this.#reading, data.id)
    this.#waiting.push({ data, messageId })
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

  async #open(): Promise<void> {
    if (this.#registration === null) return
    this.#stream?.abort()
    const stream = new AbortController()
    this.#stream = stream
    const isOver = () => this.isOver || stream !== this.#stream
    this.#joining = [...this.#joining, ...this.#waiting.splice(0, this.#isCareful ? 1 : this.#waiting.length)]
    for (const { data } of this.#joining) this.#subscriptions.set(data.id, data)
    const subscriptions = [...this.#subscriptions.values()]
    try {
      const body = await this.#http.openStream(
        { ...this.#registration, resume: this.#cursor, subscriptions },
        stream.signal,
      )
      if (isOver()) return
      await readEventStream(body, {
        heard: () => isOver() || this.#heard(),
        block: (name, text, cursor) => isOver() || this.#block(name, text, cursor),
      })
      if (!isOver()) this.#closed('the stream ended')
    } catch (error) {
      if (!isOver()) this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    const data = errorData(error)
    if (!/^RTB_(?!CLIENT)/.test(data.code)) this.#closed(String(error))
    else if (!this.#isRegistered) this.#say('error', { ...data, in_reply_to: 'register' })
    // Who one is, and how many there are, is no fault of what was brought in: that goes on with the next connection.
    else if (this.#joining.length === 0 || /^RTB_(AUTH|HUB|LIMIT)_/.test(data.code)) this.#closed(data.code)
    else this.#refused(data)
  }

  /** What could not begin ends the stream, which says why, and not which. @returns false when it is none of these */
  #couldNotBegin({ code }: { readonly code: string }): boolean {
    return (
      (/^RTB_ROOM_/.test(code) && this.#isRegistered && this.#joining.length > 0) ||
      (/^RTB_SNAPSHOT_/.test(code) && this.#reading.length > 0)
    )
  }

  /** A socket would go on without them: each is asked for by itself then, and gets its own answer. */
  #beginWithoutRooms(error: object): void {
    for (const [id, { rooms }] of this.#subscriptions) if (rooms) this.#subscriptions.delete(id)
    this.#say('error', { ...error, in_reply_to: 'register' })
    void this.#open()
  }

  /** One of those that were brought in is not taken: the only one, or each is tried by itself. */
  #refused(error: object): void {
    const refused = [...this.#reading, ...this.#joining]
    this.#reading = []
    this.#joining = []
    for (const { data } of refused) this.#subscriptions.delete(data.id)
    if (refused.length === 1) this.#say('error', { ...error, in_reply_to: refused[0]?.messageId })
    else {
      this.#isCareful = true
      this.#waiting.unshift(...refused)
    }
    this.#change()
  }

  #heard(): void {
    this.#listener.heard()
    const now = performance.now()
    if (now - this.#polledAt < pollMs) return
    this.#polledAt = now
    for (const room of this.#watched) void this.#ask('presence', { room }, undefined)
  }

  #watch({ room = null, subscribe }: ClientMessageData['presence']): void {
    if (subscribe) this.#watched.add(room)
    if (subscribe === false) this.#watched.delete(room)
  }

  #closed(reason: string): void {
    this.end()
    const code = this.#isRegistered ? 'RTB_CLIENT_CONNECTION_LOST' : 'RTB_CLIENT_CONNECT_FAILED'
    this.#listener.closed(1006, clientError(code, reason))
  }

  #block(name: string, text: string, cursor: string | null): void {
    try {
      const data = this.#parse(text) as never
      if (name === 'registered') this.#registered(data)
      else if (name === 'error' && this.#couldNotBegin(data)) this.#refused(data)
      else if (name === 'error' && !this.#isRegistered && /^RTB_ROOM_(?!LIMIT)/.test(data['code']))
        this.#beginWithoutRooms(data)
      else if (hubWords.test(name)) {
        if (name === 'subscribed') this.#settled(data)
        this.#say(name, data)
      } else this.#say('events', { events: [data], cursor: cursor ?? undefined, checkpoint: false })
      this.#cursor = cursor ?? this.#cursor
    } catch (error) {
      this.end()
      this.#listener.closed(1003, clientError('RTB_CLIENT_FRAME', '', error))
    }
  }

  #registered(data: { readonly cursor: string }): void {
    const joined = this.#joining
    this.#joining = []
    if (!this.#isRegistered) this.#say('registered', data)
    this.#isRegistered = true
    for (const entry of joined) {
      const { id, snapshot } = entry.data
      // A table answers by itself, after its rows.
      if (snapshot) this.#reading.push(entry)
      else {
        const in_reply_to = entry.messageId
        this.#say('subscribed', { id, cursor: data.cursor, resumed: 'fresh', in_reply_to })
      }
    }
    this.#bringIn()
  }

  /** Brings in what waits: one after the other, where it is not known which is refused. */
  #bringIn(): void {
    this.#isCareful &&= this.#waiting.length > 0
    if (this.#waiting.length > 0 && !(this.#isCareful && this.#reading.length > 0)) this.#change()
  }

  /** A table whose rows have come goes on with its events. */
  #settled({ id }: { readonly id: string }): void {
    const known = this.#subscriptions.get(id)
    if (known?.snapshot !== true) return
    const { tables, where } = known
    this.#subscriptions.set(id, { id, tables, where, events: tableEvents })
    this.#reading = without(this.#reading, id)
    this.#bringIn()
  }

  #say(message_type: string, data: unknown): void {
    this.#listener.message({ message_type, data, timestamp: new Date().toISOString() } as HubMessage)
  }

  async #ask(type: ClientMessageType, data: unknown, in_reply_to: string | undefined): Promise<void> {
    try {
      const answer = await this.#http.ask(type, data)
      if (this.isOver) return
      this.#listener.heard()
      if (type === 'presence') this.#watch(data as ClientMessageData['presence'])
      this.#say(answer.type, { ...answer.data, in_reply_to })
    } catch (error) {
      if (this.isOver) return
      const data = errorData(error)
      // Nobody knows what became of it: it is for the next connection, as after a socket that was cut.
      if (data.code === 'RTB_CLIENT_CONNECTION_LOST') this.#closed(String(error))
      else if (in_reply_to) this.#say('error', { ...data, in_reply_to })
    }
  }
}

function without(entries: readonly Waiting[], id: string): Waiting[] {
  return entries.filter(({ data }) => data.id !== id)
}

/** An error in the words of the protocol. */
function errorData(error: unknown): { code: string; message: string; hint: string } {
  const { code, message, hint } = error as { code?: unknown; message?: unknown; hint?: unknown }
  return { code: String(code), message: String(message), hint: String(hint ?? '') }
}
