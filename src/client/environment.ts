import type { FetchLike, WebSocketConstructor } from './platform-types.ts'

/** What fires events: a window or a document. */
export interface EventSourceLike {
  addEventListener(type: string, listener: () => void): void
  removeEventListener(type: string, listener: () => void): void
}

/** A document, as far as the client looks at it. */
export interface DocumentLike extends EventSourceLike {
  readonly visibilityState: string
}

/** The page that the client runs in. */
export interface PageLike {
  readonly href: string
  readonly protocol: string
  readonly hostname: string
}

/** What `localStorage` has. */
export interface KeyValueStore {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
}

/** What `navigator.permissions` has. */
export interface PermissionsLike {
  query(descriptor: { readonly name: string }): Promise<{ readonly state: string }>
}

/** Everything that the client takes from where it runs. */
export interface Environment {
  /** Ms since 1970. */
  now(): number
  /** Ms of a clock that only grows; it may stand still while the machine sleeps. */
  monotonicNow(): number
  setTimeout(work: () => void, ms: number): unknown
  clearTimeout(timer: unknown): void
  /** From 0 to below 1. */
  random(): number
  readonly WebSocket: WebSocketConstructor | undefined
  readonly fetch: FetchLike | undefined
  /** Throws where a page may not store anything. */
  localStorage(): KeyValueStore | undefined
  readonly page: PageLike | undefined
  readonly document: DocumentLike | undefined
  readonly window: EventSourceLike | undefined
  readonly permissions: PermissionsLike | undefined
}

interface Platform {
  readonly WebSocket?: WebSocketConstructor
  readonly fetch?: FetchLike
  readonly localStorage?: KeyValueStore
  readonly location?: PageLike
  readonly document?: DocumentLike
  readonly navigator?: { readonly permissions?: PermissionsLike }
  readonly addEventListener?: EventSourceLike['addEventListener']
}

/** Where this code runs; read when it is called, not on import. */
export function readEnvironment(): Environment {
  const platform = globalThis as unknown as Platform
  return {
    now: () => Date.now(),
    monotonicNow: () => performance.now(),
    setTimeout: (work, ms) => setTimeout(work, ms),
    clearTimeout: timer => clearTimeout(timer as number),
    random: () => Math.random(),
    WebSocket: platform.WebSocket,
    // Called as a method of another object, a browser's `fetch` throws.
    fetch: platform.fetch && ((url, options) => (platform.fetch as FetchLike)(url, options)),
    localStorage: () => platform.localStorage,
    page: platform.location,
    document: platform.document,
    window: platform.addEventListener && (platform as unknown as EventSourceLike),
    permissions: platform.navigator?.permissions,
  }
}
