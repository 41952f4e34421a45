import pg from 'pg'
import { internalsOf } from './client-internals.ts'
import { connectionSettings, type DatabaseOptions, limitReaching } from './connection-settings.ts'
import { prepareSession } from './prepare-session.ts'
import { type Session, sessionOf, withinTime } from './session.ts'
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
 * @param signal gives up the attempt; without effect on the open connection
 * @param keepsPlans see `SessionOptions`; default false
 * @throws RTB_DATABASE_*
 */
export async function openConnection(
  options: DatabaseOptions,
  role: string,
  { signal, keepsPlans = false }: { signal?: AbortSignal; keepsPlans?: boolean } = {},
): Promise<Connection> {
  const client = new pg.Client({ ...connectionSettings(options, role), types: valuesAsText })
  const lost = new Promise<void>(resolve => {
    // Without a handler an error on an idle client ends the process. `end` always follows.
    client.on('error', () => internalsOf(client).socket.destroy())
    client.on('end', resolve)
  })
  const pooled = await connect(client, { ...options, keepsPlans }, signal)
  return {
    ...sessionOf(client, {
      answerTimeoutMs: options.answerTimeoutMs,
      pooled,
      stalls: options.stalls,
      keepsPlans,
    }),
    lost,
    async close() {
      const bye = setTimeout(() => internalsOf(client).socket.destroy(), 1_000)
      await client.end().catch(() => internalsOf(client).socket.destroy())
      clearTimeout(bye)
    },
  }
}

/** @returns true behind a pooler */
async function connect(
  client: pg.Client,
  options: DatabaseOptions & { readonly keepsPlans: boolean },
  signal?: AbortSignal,
): Promise<boolean> {
  const giveUp = () => internalsOf(client).socket.destroy(new Error('closed while connecting'))
  signal?.addEventListener('abort', giveUp)
  try {
    const { socket } = internalsOf(client)
    limitReaching(socket)
    const connecting = client.connect()
    if (signal?.aborted === true) giveUp()
    const preparing = connecting.then(() =>
      withinTime(
        prepareSession(client, options.keepsPlans),
        options.answerTimeoutMs,
        internalsOf(client).socket,
      ),
    )
    return !(await (options.stalls?.during(preparing, null, socket) ?? preparing))
  } catch (error) {
    internalsOf(client).socket.destroy()
    throw toDatabaseError(error)
  } finally {
    signal?.removeEventListener('abort', giveUp)
  }
}
