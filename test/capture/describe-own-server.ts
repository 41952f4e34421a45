import { describe } from 'vitest'
import { matrixMajors } from '../support/majors.ts'
import { type OwnDatabase, openOwnDatabase } from '../support/open-own-database.ts'

/** Declares the same tests once for each PostgreSQL of the matrix, on servers of their own; see {@link openOwnDatabase}. */
export function describeOwnServer(
  title: string,
  declare: (database: OwnDatabase) => void | Promise<void>,
): void {
  for (const major of matrixMajors()) {
    describe(`${title} (PostgreSQL ${major})`, async () => declare(await openOwnDatabase(major)))
  }
}
