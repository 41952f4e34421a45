import { ClientError } from './client-error.ts'

/** Errors of what a client has beyond the core: what it says, and what to do next. */
export const wholeClientErrors = {
  RTB_CLIENT_MIXED_CONTENT: [
    'a page of https: may not open ws:',
    'use wss: (rtbridge cert), or let the hub serve the page; in Tauri set useHttpsScheme to false',
  ],
  RTB_CLIENT_LOCAL_NETWORK: [
    'the browser keeps the page from the local network',
    'allow "local network access" in the browser, or let the hub serve the page',
  ],
  RTB_CLIENT_STORAGE: ['the cursor could not be kept, or read', 'see cause; a restart misses events'],
  RTB_CLIENT_TOO_LARGE: ['longer than the hub takes', 'send less, or raise hub.max_message'],
  RTB_CLIENT_QUEUE_FULL: ['offlineQueue is full', 'send less, or raise max'],
  RTB_CLIENT_UNSUPPORTED: ['an event stream cannot do that', 'it takes a WebSocket'],
  RTB_CLIENT_ITERATION_BEHIND: ['the iteration is too slow: events wait', 'use a handler'],
} as const satisfies Readonly<Record<string, readonly [message: string, hint: string]>>

/** An error of the client's own. */
export function wholeClientError(
  code: keyof typeof wholeClientErrors,
  detail: string,
  cause?: unknown,
): ClientError {
  const [message, hint] = wholeClientErrors[code]
  return new ClientError(code, `${message}: ${detail}`, hint, cause)
}
