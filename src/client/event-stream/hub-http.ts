import type {
  ClientMessageType,
  CustomEventData,
  PresenceData,
  RegisterData,
} from '../../protocol/messages.ts'
import { ClientError } from '../api/client-error.ts'
import { clientError, hubError } from '../api/client-errors.ts'
import type { BodyReader, FetchLike, ResponseLike } from '../api/platform-types.ts'
import { wholeClientError } from '../api/whole-client-errors.ts'

export interface HubHttpOptions {
  readonly fetch: FetchLike
  /** Where the hub is; paths are relative to it. */
  readonly base: URL
}

/** An answer, as a socket would bring it. */
export interface HttpAnswer {
  readonly type: 'ack' | 'pong' | 'presence'
  readonly data: object
}

interface HttpRequest {
  readonly method?: string
  readonly body?: string
  readonly signal?: AbortSignal
}

/** What a hub is asked over HTTP; the token goes into a header. */
export class HubHttp {
  readonly #fetch: FetchLike
  readonly #base: URL
  token: string | undefined
  #clientId: string | undefined

  constructor({ fetch, base }: HubHttpOptions) {
    this.#fetch = fetch
    this.#base = base
  }

  /** @throws ClientError with the hub's code; RTB_CLIENT_CONNECTION_LOST */
  async openStream(registration: RegisterData, signal: AbortSignal): Promise<BodyReader> {
    const { app_name, client_id, resume, subscriptions } = registration
    this.#clientId = client_id
    const query = new URLSearchParams({ app_name, subscriptions: JSON.stringify(subscriptions) })
    if (client_id) query.set('client_id', client_id)
    if (resume) query.set('last_event_id', resume)
    const { body } = await this.#request(`events?${query}`, { signal })
    if (body === null) throw clientError('RTB_CLIENT_CONNECT_FAILED')
    return body.getReader()
  }

  /**
   * Asks what has an answer over HTTP, too.
   * @throws RTB_CLIENT_UNSUPPORTED, ClientError with the hub's code; RTB_CLIENT_CONNECTION_LOST when nobody answered,
   *   RTB_CLIENT_OFFLINE when something else than a hub did
   */
  async ask(type: ClientMessageType, data: unknown): Promise<HttpAnswer> {
    try {
      if (type === 'ping') {
        await this.#request('livez')
        return { type: 'pong', data: {} }
      }
      if (type === 'custom_event') {
        const event = data as CustomEventData
        // The key is that of the client.
        const body = JSON.stringify(event.durable ? { ...event, client_id: this.#clientId } : event)
        await this.#request('api/publish', { method: 'POST', body })
        return { type: 'ack', data: {} }
      }
      const { room, state } = data as PresenceData
      if (type !== 'presence' || state) throw wholeClientError('RTB_CLIENT_UNSUPPORTED', type)
      const answer = await this.#request(`api/presence${room ? `?room=${encodeURIComponent(room)}` : ''}`)
      return { type: 'presence', data: (await answer.json()) as object }
    } catch (error) {
      throw error instanceof ClientError ? error : clientError('RTB_CLIENT_OFFLINE', '', error)
    }
  }

  async #request(path: string, request: HttpRequest = {}): Promise<ResponseLike> {
    const headers: Record<string, string> = {}
    if (this.token) headers['authorization'] = `Bearer ${this.token}`
    if (request.body) headers['content-type'] = 'application/json'
    const url = new URL(path, this.#base).href
    // Called as a method of another object, a browser's `fetch` throws.
    const fetch = this.#fetch
    const response = await fetch(url, { ...request, headers, cache: 'no-store' }).catch(error => {
      throw clientError('RTB_CLIENT_CONNECTION_LOST', '', error)
    })
    if (response.ok) return response
    throw await readProblem(response)
  }
}

/** What an answer says of why it is none. @see https://www.rfc-editor.org/rfc/rfc9457 */
async function readProblem(response: ResponseLike): Promise<Error> {
  try {
    const {
      code,
      detail = '',
      hint = '',
      retry_ms,
    } = (await response.json()) as { code?: string; detail?: string; hint?: string; retry_ms?: number }
    if (code) return Object.assign(hubError({ code, message: detail, hint }), retry_ms && { retry_ms })
  } catch {
    // Something else than a hub answers there.
  }
  return new Error(`HTTP ${response.status}`)
}
