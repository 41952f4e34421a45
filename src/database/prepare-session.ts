import type pg from 'pg'
import { internalsOf } from './client-internals.ts'
import { readSql } from './sql-file.ts'

/**
 * Gives a fresh session rtbridge's settings. Behind a pooler it leaves the server's session as it is: others share it, and
 * they would find what is set there.
 *
 * A pooler is known by the process id it tells a client that connects. It makes one up, because it does not know yet
 * which server session will do the work.
 *
 * @param keepsPlans see `SessionOptions`
 * @returns true when this client has the server's session to itself, false behind a pooler
 * @see https://www.postgresql.org/docs/current/protocol-flow.html (BackendKeyData)
 */
export async function prepareSession(client: pg.ClientBase, keepsPlans = false): Promise<boolean> {
  const { pid } = internalsOf(client)
  const { rows } = await client.query(readSql('query/prepare_session.sql'), [String(pid), keepsPlans])
  return rows.length > 0
}
