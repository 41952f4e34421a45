import type { FetchLike, WebSocketConstructor } from './platform-types.ts'

/** One URL of a hub, `ws:`, `wss:`, `http:` or `https:`, or several that are tried in turn. */
export type HubUrl = string | readonly string[]

/** Keeps a text under a name; both may be asynchronous. */
export interface ClientStorage {
  load(key: string): string | null | undefined | Promise<string | null | undefined>
  save(key: string, value: string): void | Promise<void>
}

/** A way to a hub: a WebSocket, or an event stream over HTTP. */
export type TransportName = 'websocket' | 'sse'

/** What a client is given. */
export interface ClientOptions {
  /** Where the hub is; a function is asked before each attempt. */
  readonly url: HubUrl | (() => HubUrl | Promise<HubUrl>)
  /** Shown to the admin and in presence. */
  readonly appName: string
  /** A name that outlives connections and restarts; default: made up, and kept in `storage`. */
  readonly clientId?: string | undefined
  /**
   * Gives the key or token to sign in with. Called before every attempt to connect, and before the sign-in expires.
   * Null = none. Default: none.
   */
  readonly getToken?: (() => string | null | Promise<string | null>) | undefined
  /** Where cursor and client id are kept; default `memory`. */
  readonly storage?: 'memory' | 'local' | ClientStorage | undefined
  /** Under which name they are kept; default `rtbridge:` and `appName`. */
  readonly storageKey?: string | undefined
  /** In the order in which they are tried; default `['websocket', 'sse']`. */
  readonly transports?: readonly TransportName[] | undefined
  /** Constructor of sockets; default that of the platform, in Node that of `ws`. */
  readonly WebSocket?: WebSocketConstructor | undefined
  /** Default that of the platform. */
  readonly fetch?: FetchLike | undefined
  /** Reads JSON; default `JSON.parse`. */
  readonly parse?: ((text: string) => unknown) | undefined
  /** Pause between attempts, ms: a random part of what doubles from `minMs` to `maxMs`; default 250 and 15,000. */
  readonly backoff?: { readonly minMs?: number; readonly maxMs?: number } | undefined
  /** An attempt that takes longer has failed, ms; default 10,000. */
  readonly connectTimeoutMs?: number | undefined
  /** How long the answer to a probe may take, ms; default 5,000. */
  readonly probeTimeoutMs?: number | undefined
  /**
   * How long a client that had to take an event stream waits before it looks whether a WebSocket gets through, ms: at random
   * from half of it to one and a half. 0 = until the stream is lost; default 180,000.
   */
  readonly webSocketRetryMs?: number | undefined
  /** Lets `publish` wait while offline, `max` of them; default: it is refused. */
  readonly offlineQueue?: { readonly max: number } | undefined
  /** Hears of what is nobody's return value; default `console.error`. */
  readonly onError?: ((error: unknown) => void) | undefined
}

/** What a client of the core is given: what the others are for is not in it. */
export type CoreClientOptions = Omit<
  ClientOptions,
  'storage' | 'storageKey' | 'transports' | 'fetch' | 'offlineQueue' | 'webSocketRetryMs'
>
