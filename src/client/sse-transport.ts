import type {
  ClientMessageData,
  ClientMessageType,
  HubMessage,
  HubMessageData,
} from '../protocol/messages.ts'
import { clientError } from './client-errors.ts'
import type { LinkListener, OpenLink } from './link.ts'
import type { FetchLike, ResponseLike } from './platform-types.ts'
import { readEventStream } from './read-event-stream.ts'

/** Names of blocks that carry what the hub says; all others carry an event. */
const hubWords = [
  'registered',
  'checkpoint',
  'gap',
  'status',
  'error',
  'going_away',
  'authenticated',
  'hubs',
  'snapshot',
  'snapshot_end',
  'subscribed',
  'left',
]

/**
 * Opens links that read server-sent events and send by HTTP. `fetch`, because an `EventSource` cannot send a token but in
 * the URL.
 * @param parse reads JSON
 */
export function sseTransport(fetch: FetchLike, parse: (text: string) => unknown): OpenLink {
  return (url, listener) => {
    const base = new URL(url)
    base.protocol = base.protocol.replace('ws', 'http')
    const link = new SseLink(fetch, parse, base, listener)
    // As a socket's, its opening is heard of by who has the link already.
    queueMicrotask(() => link.isOver || listener.opened())
    return link
  }
}

/** Looks like a socket: answers to what is sent come as messages. */
class SseLink {
  readonly isOneWay = true
  readonly #fetch: FetchLike
  readonly #parse: (text: string) => unknown
  readonly #base: URL
  readonly #listener: LinkListener
  #stream: AbortController | null = null
  #token: string | undefined
  isOver = false

  constructor(fetch: FetchLike, parse: (text: string) => unknown, base: URL, listener: LinkListener) {
    this.#fetch = fetch
    this.#parse = parse
    this.#base = base
    this.#listener = listener
  }

  send<Type extends ClientMessageType>(type: Type, data: ClientMessageData[Type], id?: string): void {
    if (type === 'register') void this.#open(data as ClientMessageData['register'])
    else void this.#ask(type, data, id)
  }

  end(): void {
    this.isOver = true
    this.#stream?.abort()
  }

  async #open({
    token,
    app_name,
    client_id,
    resume,
    subscriptions,
  }: ClientMessageData['register']): Promise<void> {
    this.#stream?.abort()
    const stream = new AbortController()
    this.#stream = stream
    this.#token = token
    const isOver = () => this.isOver || stream !== this.#stream
    const query = new URLSearchParams({ app_name, subscriptions: JSON.stringify(subscriptions) })
    if (client_id) query.set('client_id', client_id)
    if (resume) query.set('last_event_id', resume)
    try {
      const response = await this.#request(`events?${query}`, { signal: stream.signal })
      if (isOver()) return
      if (!response.ok || response.body === null) throw await readProblem(response)
      await readEventStream(response.body.getReader(), {
        heard: () => isOver() || this.#listener.heard(),
        block: (name, text, cursor) => isOver() || this.#block(name, text, cursor),
      })
      if (!isOver()) this.#closed('the stream ended')
    } catch (error) {
      if (isOver()) return
      const problem = error as Partial<HubMessageData['error']>
      if (problem.code?.startsWith('RTB_')) this.#say('error', { ...problem, in_reply_to: 'register' })
      else this.#closed(String(error))
    }
  }

  #closed(reason: string): void {
    this.end()
    this.#listener.closed(1006, reason)
  }

  #block(name: string, text: string, cursor: string | null): void {
    try {
      const data = this.#parse(text)
      if (hubWords.includes(name)) this.#say(name, data)
      else this.#say('events', { events: [data], cursor: cursor ?? undefined, checkpoint: false })
    } catch (error) {
      this.#listener.failed(clientError('RTB_CLIENT_FRAME', '', error))
    }
  }

  #say(message_type: string, data: unknown): void {
    this.#listener.message({ message_type, data, timestamp: new Date().toISOString() } as HubMessage)
  }

  async #ask(type: string, data: ClientMessageData[ClientMessageType], in_reply_to?: string): Promise<void> {
    const [answerType, request] = this.#translate(type, data)
    try {
      if (request === null) throw clientError('RTB_CLIENT_UNSUPPORTED', type)
      const [path, body] = request
      const response = await this.#request(path, body && { method: 'POST', body: JSON.stringify(body) })
      if (!response.ok) throw await readProblem(response)
      if (this.isOver) return
      this.#listener.heard()
      this.#say(answerType, {
        ...(answerType === 'presence' && ((await response.json()) as object)),
        in_reply_to,
      })
    } catch (error) {
      const {
        code = 'RTB_CLIENT_OFFLINE',
        message,
        hint = '',
      } = error as { code?: string; message: string; hint?: string }
      if (!this.isOver && in_reply_to) this.#say('error', { code, message, hint, in_reply_to })
    }
  }

  #translate(
    type: string,
    data: ClientMessageData[ClientMessageType],
  ): [string, [path: string, body?: object] | null] {
    if (type === 'ping') return ['pong', ['livez']]
    if (type === 'custom_event') return ['ack', ['api/publish', data]]
    const { room, state } = data as ClientMessageData['presence']
    if (type !== 'presence' || state) return ['', null]
    return ['presence', [`api/presence${room ? `?room=${encodeURIComponent(room)}` : ''}`]]
  }

  #request(
    path: string,
    options: { method?: string; body?: string; signal?: AbortSignal } = {},
  ): Promise<ResponseLike> {
    const headers: Record<string, string> = {}
    if (this.#token) headers['authorization'] = `Bearer ${this.#token}`
    if (options.body) headers['content-type'] = 'application/json'
    return this.#fetch(new URL(path, this.#base).href, { ...options, headers, cache: 'no-store' })
  }
}

/** What an answer says of why it is none. */
async function readProblem(response: ResponseLike): Promise<unknown> {
  try {
    const { code, detail, hint } = (await response.json()) as {
      code?: string
      detail?: string
      hint?: string
    }
    return { code, message: detail, hint }
  } catch {
    return new Error(`HTTP ${response.status}`)
  }
}
