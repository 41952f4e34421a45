import { migrateSchema } from '../../src/database/migrate-schema.ts'
import { adminOptions } from './capture-fixture.ts'

/**
 * Fills the template that every test database is cloned from: rtbridge's schema, no captured table. It runs once per
 * server and run. A clone is another incarnation than its template; the first capture that opens it adopts it.
 *
 * @param url the empty template database, as a superuser; no connection stays open
 */
export async function prepareTemplate(url: string): Promise<void> {
  await migrateSchema(adminOptions(url))
}
