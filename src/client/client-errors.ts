import { ClientError } from './client-error.ts'

/** The client's own errors: what it says, and what to do next. */
export const clientErrors = {
  RTB_CLIENT_URL: ['this is no URL of a hub', 'give one like ws://office-server:8765'],
  RTB_CLIENT_NO_TRANSPORT: [
    'nothing here can open a connection',
    'give `WebSocket`; in Node import the package by its name, not a file of it',
  ],
  RTB_CLIENT_MIXED_CONTENT: [
    'a page of https: may not open ws:',
    'use wss: (rtbridge cert), or let the hub serve the page; Tauri: useHttpsScheme false',
  ],
  RTB_CLIENT_LOCAL_NETWORK: [
    'the browser may have kept this public page from the local network',
    'allow "local network access" for the page, or open it from the hub',
  ],
  RTB_CLIENT_CONNECT_FAILED: [
    'the hub cannot be reached',
    'check its address, that it runs, its certificate, and hub.allow_origins',
  ],
  RTB_CLIENT_CONNECT_TIMEOUT: ['the hub did not answer in time', 'check the network, or connectTimeoutMs'],
  RTB_CLIENT_CONNECTION_LOST: ['the connection has ended', 'it is opened again by itself'],
  RTB_CLIENT_SILENT: ['nothing comes from the hub any more', 'it is connected to anew by itself'],
  RTB_CLIENT_GOING_AWAY: ['the hub stops or restarts', 'it is connected to again by itself'],
  RTB_CLIENT_REFUSED: ['the hub does not want this client back', 'sign in again; the close code says why'],
  RTB_CLIENT_TOKEN: ['getToken failed', 'see its cause; it is called again with the next attempt'],
  RTB_CLIENT_CLOSED: ['it is closed', 'make another one'],
  RTB_CLIENT_OFFLINE: ['there is no connection', 'wait for `online`, or set offlineQueue'],
  RTB_CLIENT_QUEUE_FULL: ['offlineQueue is full', 'send less while offline, or make it longer'],
  RTB_CLIENT_UNSUPPORTED: ['this connection cannot do that', 'it takes a WebSocket'],
  RTB_CLIENT_ITERATION_BEHIND: ['more events wait than fit', 'take them faster, or use a handler'],
  RTB_CLIENT_GAP: ['events are missing', 'read again what you keep: onGap'],
  RTB_CLIENT_STORAGE: ['the cursor could not be kept', 'see its cause; without it a restart misses events'],
  RTB_CLIENT_FRAME: ['the hub sent what cannot be read', 'check `parse`, and what is between it and the hub'],
} as const satisfies Readonly<Record<string, readonly [message: string, hint: string]>>

export type ClientErrorCode = keyof typeof clientErrors

/**
 * An error of the client's own.
 * @param detail more of what it is about; default nothing
 */
export function clientError(code: ClientErrorCode, detail = '', cause?: unknown): ClientError {
  const [message, hint] = clientErrors[code]
  return new ClientError(code, detail === '' ? message : `${message}: ${detail}`, hint, cause)
}

/** What the hub says. */
export interface HubRefusal {
  readonly code: string
  readonly message: string
  readonly hint: string
}

/** An error that came from the hub. */
export function hubError({ code, message, hint }: HubRefusal): ClientError {
  return new ClientError(code, message, hint)
}
