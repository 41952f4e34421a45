import type { ErrorCode, RtbridgeError } from '../domain/errors/registry.ts'
import { RtbridgeError as AnyRtbridgeError, rtbridgeError } from '../domain/errors/registry.ts'

type DatabaseCode = Extract<ErrorCode, `RTB_DATABASE_${string}`>
type DetailCode = Exclude<
  DatabaseCode,
  'RTB_DATABASE_TOO_OLD' | 'RTB_DATABASE_POOLER' | 'RTB_DATABASE_TLS_FILE'
>

/** SQLSTATEs and system errors that have a cause, and a fix, of their own. */
const codeOf: Readonly<Record<string, DetailCode>> = {
  ENOTFOUND: 'RTB_DATABASE_HOST_UNKNOWN',
  EAI_AGAIN: 'RTB_DATABASE_HOST_UNKNOWN',
  ECONNREFUSED: 'RTB_DATABASE_REFUSED',
  ENOENT: 'RTB_DATABASE_REFUSED',
  ETIMEDOUT: 'RTB_DATABASE_TIMEOUT',
  EHOSTUNREACH: 'RTB_DATABASE_TIMEOUT',
  ENETUNREACH: 'RTB_DATABASE_TIMEOUT',
  ECONNRESET: 'RTB_DATABASE_LOST',
  EPIPE: 'RTB_DATABASE_LOST',
  '28P01': 'RTB_DATABASE_PASSWORD',
  '28000': 'RTB_DATABASE_HBA',
  '3D000': 'RTB_DATABASE_MISSING',
  '42501': 'RTB_DATABASE_PERMISSION',
  '53300': 'RTB_DATABASE_SLOTS',
  '57P01': 'RTB_DATABASE_LOST',
  '57P02': 'RTB_DATABASE_LOST',
  '57P03': 'RTB_DATABASE_STARTING',
  '25006': 'RTB_DATABASE_STANDBY',
}

/** What says more than the SQLSTATE beside it: poolers have one (08P01) for everything. */
const plainTextOf: readonly [RegExp, DetailCode][] = [
  [/recovery is in progress/, 'RTB_DATABASE_STANDBY'],
  [/no PostgreSQL user name specified/, 'RTB_DATABASE_USER'],
  [/role ".*" does not exist/, 'RTB_DATABASE_PASSWORD'],
  [/(peer|ident) authentication failed|is not permitted to log in/i, 'RTB_DATABASE_LOGIN'],
  [/statement pooling/, 'RTB_DATABASE_POOL_MODE'],
  [/no such database/, 'RTB_DATABASE_MISSING'],
  // While it is renamed or replaced.
  [/not currently accepting connections/, 'RTB_DATABASE_REFUSED'],
  [/no more connections allowed|max_client_conn/, 'RTB_DATABASE_SLOTS'],
  [/login has been failing|cannot connect to server|no working server/, 'RTB_DATABASE_REFUSED'],
  [/server conn crashed|server closed|query_wait_timeout|client_login_timeout/, 'RTB_DATABASE_LOST'],
]

const textOf: readonly [RegExp, DetailCode][] = [
  [/timeout|timed out/i, 'RTB_DATABASE_TIMEOUT'],
  [/does not support SSL|SSL|TLS|certificate/i, 'RTB_DATABASE_TLS'],
  [/SASL|password/i, 'RTB_DATABASE_PASSWORD'],
  [/terminated|closed|not queryable|ended/i, 'RTB_DATABASE_LOST'],
]

/**
 * Names what went wrong with the database: one code for each cause that has its own fix.
 * Errors that are already ours pass through. The thrown value is kept as `cause`.
 */
export function toDatabaseError(thrown: unknown): RtbridgeError {
  if (thrown instanceof AnyRtbridgeError) return thrown
  const error = firstError(thrown)
  const code =
    plainTextOf.find(([pattern]) => pattern.test(error.message))?.[1] ??
    codeOf[error.code ?? ''] ??
    (/^[0-9A-Z]{5}$/.test(error.code ?? '')
      ? 'RTB_DATABASE_FAILED'
      : textOf.find(([pattern]) => pattern.test(error.message))?.[1]) ??
    'RTB_DATABASE_FAILED'
  return rtbridgeError(code, { detail: detailOf(error.message) }, thrown)
}

/** The driver's own words for a password that is missing are about its code. */
function detailOf(message: string): string {
  const isMissing = /client password must be a string/.test(message)
  return isMissing ? 'the server asks for a password, and none was given' : message
}

/** Of a failed attempt on several addresses (`AggregateError`) the first says most. */
function firstError(thrown: unknown): { message: string; code?: string } {
  if (thrown instanceof AggregateError && thrown.errors[0] instanceof Error) return thrown.errors[0]
  return thrown instanceof Error ? thrown : { message: String(thrown) }
}
