import { RtbridgeError } from './registry.ts'

/** What passes when the database is there again. */
const passing: ReadonlySet<string> = new Set([
  'RTB_DATABASE_LOST',
  'RTB_DATABASE_REFUSED',
  'RTB_DATABASE_TIMEOUT',
  'RTB_DATABASE_STARTING',
  'RTB_DATABASE_STANDBY',
  'RTB_DATABASE_SLOTS',
  'RTB_DATABASE_HOST_UNKNOWN',
])

/** When an event that could not be stored may be sent again, ms. */
const storeAgainMs = 1_000

/** Whether the same may work in a while, with nobody doing anything about it. */
export function isPassing(error: unknown): boolean {
  return error instanceof RtbridgeError && passing.has(error.code)
}

/** After which time a client that was answered with this may send the same again, ms; null: it would fail again. */
export function retryMsOf({ code, cause }: RtbridgeError): number | null {
  // Without a cause too much was waiting to be stored.
  return code === 'RTB_CUSTOM_EVENT_FAILED' && (cause === undefined || isPassing(cause)) ? storeAgainMs : null
}
