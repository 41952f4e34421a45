import { setTimeout as pause } from 'node:timers/promises'

const lockTimeoutMs = 2_000
const attempts = 8

export interface RetryLockedOptions {
  readonly onRetry: (attempt: number) => void
  /** The error when all attempts were in vain. */
  readonly givenUp: (attempts: number) => Error
}

/**
 * Runs a transaction that needs a table lock. Between attempts it lets go for a growing while, so that the writers that
 * queued up behind it get through.
 */
export async function retryLocked(
  attempt: (lockTimeoutMs: number) => Promise<void>,
  options: RetryLockedOptions,
): Promise<void> {
  for (let number = 1; ; number++) {
    try {
      return await attempt(lockTimeoutMs)
    } catch (error) {
      if (!isLockFailure(error)) throw error
      if (number === attempts) throw options.givenUp(attempts)
      options.onRetry(number + 1)
      await pause(200 * number)
    }
  }
}

/** 55P03: the lock did not come in time; 40P01: a deadlock with writers was resolved at our expense. */
function isLockFailure(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined
  return cause?.code === '55P03' || cause?.code === '40P01'
}
