import { describe, test } from 'vitest'
import { findPgBouncer } from './start-pgbouncer.ts'

/** Declares tests that need PgBouncer. Where it is not installed they are skipped, and the report says why. */
export function describePooler(title: string, declare: () => void | Promise<void>): void {
  if (findPgBouncer() !== null) {
    describe(title, declare)
    return
  }
  // Not the tests themselves: a suite that is skipped is run as far as its tests are declared.
  describe.skip(title, () => test('PgBouncer is not installed (apt-get install pgbouncer)', () => {}))
}
