import { RtbridgeError } from './registry.ts'

/** The database answered, and would answer the same again. */
const lasting: ReadonlySet<string> = new Set(['RTB_DATABASE_FAILED', 'RTB_DATABASE_PERMISSION'])

/** When an event that could not be stored may be sent again, ms. */
const storeAgainMs = 1_000

/** Whether it passes when the database is there again, and lets the hub in. */
export function isPassing(error: unknown): boolean {
  return error instanceof RtbridgeError && error.code.startsWith('RTB_DATABASE_') && !lasting.has(error.code)
}

/** After which time a client that was answered with this may send the same again, ms; null: it would fail again. */
export function retryMsOf({ code, cause }: RtbridgeError): number | null {
  // Without a cause too much was waiting to be stored.
  return code === 'RTB_CUSTOM_EVENT_FAILED' && (cause === undefined || isPassing(cause)) ? storeAgainMs : null
}
