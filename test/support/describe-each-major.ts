import { describe } from 'vitest'
import { matrixMajors } from './majors.ts'
import type { TestDatabase } from './test-database.ts'
import { createTestDatabase } from './test-database.ts'

/**
 * Declares the same tests once for each PostgreSQL of the matrix, each time with a database of that version.
 * Servers start when the first file asks and are shared by all. `RTBRIDGE_TEST_MAJORS=13,15,18` widens it.
 */
export function describeEachMajor(
  title: string,
  declare: (database: TestDatabase, major: number) => void | Promise<void>,
): void {
  for (const major of matrixMajors()) {
    describe(`${title} (PostgreSQL ${major})`, async () => {
      await declare(await createTestDatabase({ major }), major)
    })
  }
}
