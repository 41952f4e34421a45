/** What the client uses of a WebSocket; those of browsers and of `ws` have it. */
export interface WebSocketLike {
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
  send(text: string): void
  close(code?: number, reason?: string): void
  /** Ends it without a word, where it can (`ws`). */
  terminate?(): void
}

/** What opens sockets: `WebSocket` of a browser, or that of `ws`. */
export type WebSocketConstructor = new (url: string) => WebSocketLike

/** What the client uses of an HTTP answer. */
export interface ResponseLike {
  readonly ok: boolean
  readonly status: number
  readonly body: { getReader(): BodyReader } | null
  json(): Promise<unknown>
}

/** What the client uses of the reader of a body. */
export interface BodyReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
}

/** What the client uses of `fetch`. */
export type FetchLike = (
  url: string,
  options: {
    readonly method?: string
    readonly headers?: Record<string, string>
    readonly body?: string
    readonly signal?: AbortSignal
    readonly cache?: 'no-store'
  },
) => Promise<ResponseLike>
