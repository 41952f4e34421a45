import pg from 'pg'
import { onTestFinished } from 'vitest'

/** What rtbridge asked the database in this process since the count began. */
export interface StatementCount {
  /** Statements so far; a cursor counts as one. */
  readonly total: number
  /** Starts again from nothing. */
  reset(): void
}

/**
 * Counts what hubs in this process send to their databases, whatever connection it goes over; until the end of the
 * test. What the test itself asks is not counted.
 */
export function countStatements(): StatementCount {
  const { prototype } = pg.Client
  const original = prototype.query
  let total = 0
  prototype.query = function count(this: pg.Client, ...args: unknown[]) {
    const { application_name: name } = (this as unknown as { connectionParameters: Record<string, unknown> })
      .connectionParameters
    if (String(name).startsWith('rtbridge ')) total++
    return Reflect.apply(original, this, args)
  } as typeof original
  onTestFinished(() => {
    prototype.query = original
  })
  return {
    get total() {
      return total
    },
    reset() {
      total = 0
    },
  }
}
