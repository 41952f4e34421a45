import { setTimeout as pause } from 'node:timers/promises'
import { type RtbridgeError, rtbridgeError } from '../domain/errors/registry.ts'

/** How patiently to ask for a lock that others hold. */
export interface LockPolicy {
  /** Longest wait for a lock in one attempt, ms. */
  readonly timeoutMs: number
  readonly attempts: number
  /** Pause after the first attempt, ms; after the second it is twice as long, and so on. */
  readonly pauseMs: number
}

/**
 * Eight attempts in about a quarter of a minute. One wait is shorter than PostgreSQL's `deadlock_timeout` (1 s): a writer
 * that came to wait for us while we wait for it, as can happen among the partitions of a table, finds us gone before it
 * would look for a deadlock and fail. A table and its partitions are one wait together (sql/install/0019).
 * @see https://www.postgresql.org/docs/current/runtime-config-locks.html
 */
export const defaultLockPolicy: LockPolicy = { timeoutMs: 800, attempts: 8, pauseMs: 250 }

export interface RetryLockedOptions {
  readonly policy: LockPolicy
  /** What is locked, for the error. */
  readonly table: string
  readonly onRetry: (attempt: number) => void
}

/**
 * Does what needs a table lock, in transactions that wait no longer than `policy.timeoutMs` for it. Between attempts it
 * lets go for a growing while, so that the writers that queued up behind it get through.
 *
 * @param attempt told the longest wait for a lock, ms; does the whole of the work or nothing
 * @returns RTB_INSTALL_LOCKED when all attempts were in vain, else null
 * @throws RTB_DATABASE_*
 */
export async function retryLocked(
  attempt: (lockTimeoutMs: number) => Promise<unknown>,
  { policy, table, onRetry }: RetryLockedOptions,
): Promise<RtbridgeError | null> {
  for (let number = 1; ; number++) {
    try {
      await attempt(policy.timeoutMs)
      return null
    } catch (error) {
      if (!isLockFailure(error)) throw error
      if (number >= policy.attempts) {
        return rtbridgeError('RTB_INSTALL_LOCKED', { table, attempts: number }, error)
      }
      onRetry(number + 1)
      await pause(policy.pauseMs * number)
    }
  }
}

/** 55P03: the lock did not come in time; 40P01: a deadlock with writers was resolved at our expense. */
function isLockFailure(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined
  return cause?.code === '55P03' || cause?.code === '40P01'
}
