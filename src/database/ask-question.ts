import { RtbridgeError, rtbridgeError } from '../domain/errors/registry.ts'
import type { Pool } from './pool.ts'
import { readSql } from './sql-file.ts'

/** A question of the configuration. */
export interface Question {
  /** One statement with `$1`, `$2`, … */
  readonly sql: string
  /** The role it runs as; null = the session's own. */
  readonly role: string | null
  readonly values: readonly (string | null)[]
  /** Longest time of the statement, ms. */
  readonly timeoutMs: number
}

/**
 * Asks the database in a transaction that can write nothing. Yes = the first row's first column is there, and neither
 * null nor false.
 *
 * @throws RTB_DATABASE_*
 */
export async function askQuestion(pool: Pool, question: Question): Promise<boolean> {
  const session = await pool.borrow()
  let whole = false
  try {
    const answer = await session.transaction(async query => {
      await query(readSql('query/guard_question.sql'), [String(question.timeoutMs), question.role])
      const [row] = await query(question.sql, question.values)
      return row === undefined ? null : (Object.values(row)[0] ?? null)
    })
    whole = true
    return answer !== null && answer !== 'f'
  } catch (error) {
    throw isWrite(error)
      ? rtbridgeError('RTB_DATABASE_FAILED', { detail: error.cause.message }, error.cause)
      : error
  } finally {
    // After a failure a fresh session asks the next question, whatever the statement left in this one.
    session.giveBack(whole)
  }
}

/** Here it is the statement that is read-only, not the server. */
function isWrite(error: unknown): error is RtbridgeError & { readonly cause: Error } {
  const cause = error instanceof RtbridgeError ? error.cause : null
  return cause instanceof Error && 'code' in cause && cause.code === '25006'
}
