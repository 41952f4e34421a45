import type { FetchLike, WebSocketConstructor } from '../api/platform-types.ts'

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

/** Everything that the client takes from where it runs: functions that need no `this`. */
export interface Environment {
  /** Ms since 1970. */
  now(): number
  /** Ms of a clock that only grows; it may stand still while the machine sleeps. */
  monotonicNow(): number
  setTimeout(work: () => void, ms: number): unknown
  clearTimeout(timer: unknown): void
  /** From 0 to below 1. */
  random(): number
  /** What else there is. */
  readonly platform: Platform
}

/** Globals that not every platform has. */
export interface Platform {
  readonly WebSocket?: WebSocketConstructor
  readonly fetch?: FetchLike
  /** Throws where a page may not store anything. */
  readonly localStorage?: KeyValueStore
  readonly location?: PageLike
  readonly document?: DocumentLike
  readonly navigator?: { readonly permissions?: PermissionsLike }
  readonly addEventListener?: EventSourceLike['addEventListener']
  readonly removeEventListener?: EventSourceLike['removeEventListener']
}

/** Where this code runs; looked at when it is called, not on import. */
export function readEnvironment(): Environment {
  return {
    now: Date.now,
    monotonicNow: () => performance.now(),
    setTimeout,
    clearTimeout: clearTimeout as Environment['clearTimeout'],
    random: Math.random,
    platform: globalThis as unknown as Platform,
  }
}
