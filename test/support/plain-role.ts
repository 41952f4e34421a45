import { afterAll } from 'vitest'
import type { TestDatabase } from './test-database.ts'

/** A role that may log in and nothing more. */
export interface PlainRole {
  readonly name: string
  readonly url: string
}

/**
 * Makes a role of this database's tests. Call it where tests are declared; what it owns goes with it afterwards.
 *
 * @param suffix tells the roles of one database apart
 */
export async function createPlainRole(database: TestDatabase, suffix: string): Promise<PlainRole> {
  const name = `${database.name}_${suffix}`
  await database.query(`CREATE ROLE ${name} LOGIN PASSWORD '${name}'`)
  afterAll(async () => {
    await database.query(`DROP OWNED BY ${name} CASCADE`)
    await database.query(`DROP ROLE ${name}`)
  })
  return { name, url: database.urlAs(name, name) }
}
