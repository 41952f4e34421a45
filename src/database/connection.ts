import pg from 'pg'
import { internalsOf } from './client-internals.ts'
import { connectionSettings, type DatabaseOptions } from './connection-settings.ts'
import { prepareSession, type Session, sessionOf, withinTime } from './session.ts'
import { valuesAsText } from './text-values.ts'
import { toDatabaseError } from './translate-error.ts'

/** A session of its own: for advisory locks and streams that outlive a statement. */
export interface Connection extends Session {
  /** Resolves, never rejects, when the connection is gone for whatever reason. */
  readonly lost: Promise<void>
  /** Says goodbye, and cuts the socket if the server does not answer within a second. */
  close(): Promise<void>
}

/**
 * Opens a session with rtbridge's settings.
 * @param role shown in `pg_stat_activity` as `rtbridge <role>`
 * @throws RTB_DATABASE_*
 */
export async function openConnection(options: DatabaseOptions, role: string): Promise<Connection> {
  const client = new pg.Client({ ...connectionSettings(options, role), types: valuesAsText })
  const lost = new Promise<void>(resolve => {
    // Without a handler an error on an idle client ends the process. `end` always follows.
    client.on('error', () => internalsOf(client).socket.destroy())
    client.on('end', resolve)
  })
  try {
    await client.connect()
    await withinTime(prepareSession(client), options.answerTimeoutMs, internalsOf(client).socket)
  } catch (error) {
    internalsOf(client).socket.destroy()
    throw toDatabaseError(error)
  }
  return {
    ...sessionOf(client, options.answerTimeoutMs),
    lost,
    async close() {
      const bye = setTimeout(() => internalsOf(client).socket.destroy(), 1_000)
      await client.end().catch(() => internalsOf(client).socket.destroy())
      clearTimeout(bye)
    },
  }
}
