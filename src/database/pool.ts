import { Socket } from 'node:net'
import pg from 'pg'
import { internalsOf } from './client-internals.ts'
import { connectionSettings, type DatabaseOptions, limitReaching } from './connection-settings.ts'
import { openStallWatch } from './open-stall-watch.ts'
import { prepareSession } from './prepare-session.ts'
import { type Session, sessionOf, withinTime } from './session.ts'
import { type TextRow, valuesAsText } from './text-values.ts'
import { toDatabaseError } from './translate-error.ts'

/** A few sessions shared by everything that is not the live reader: replays, publishing, pruning, status. */
export interface Pool {
  /** One statement on any free session. @throws RTB_DATABASE_* */
  query(sql: string, values?: readonly unknown[]): Promise<TextRow[]>
  /** Lends a session until it is given back. @throws RTB_DATABASE_* */
  borrow(): Promise<BorrowedSession>
  /** Ends all sessions; one that is still busy after a second, or hears no goodbye, is cut. */
  close(): Promise<void>
}

export interface BorrowedSession extends Session {
  /** @param whole false when something failed on it: it is then thrown away */
  giveBack(whole: boolean): void
}

const closeWithinMs = 1_000
/** Longer than the minute between two prunings: a hub at rest would log in for each, which takes more than all else it does then. */
const idleMs = 90_000

/**
 * Makes a pool; connects when first used.
 * @param size most sessions at a time
 */
export function openPool(options: DatabaseOptions, size: number): Pool {
  // Sockets of our own: pg has no way to those of clients that are still connecting.
  const sockets = new Set<Socket>()
  const openSocket = () => {
    const socket = new Socket()
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    limitReaching(socket)
    return socket
  }
  // Where one answer was lost, the sessions of which nothing is asked now have the same network to fear.
  const stalls = openStallWatch(options, () => {
    for (const socket of sockets) if (!stalls.isAwaited(socket)) socket.destroy()
  })
  const pooled = new WeakSet<pg.ClientBase>()
  const pool = new pg.Pool({
    ...connectionSettings(options, 'pool'),
    types: valuesAsText,
    max: size,
    idleTimeoutMillis: idleMs,
    stream: openSocket,
    onConnect: async client => {
      // pg-pool bounds connecting, not this.
      const { socket } = internalsOf(client)
      if (!(await withinTime(prepareSession(client), options.connectTimeoutMs, socket))) pooled.add(client)
    },
  })
  // An idle session that breaks is replaced at its next use; unhandled it would end the process.
  pool.on('error', () => {})
  const waiting = new Set<(error: Error) => void>()
  const take = () =>
    new Promise<pg.PoolClient>((resolve, reject) => {
      waiting.add(reject)
      pool
        .connect()
        .then(resolve, reject)
        .finally(() => waiting.delete(reject))
    })
  const borrow = async (): Promise<BorrowedSession> => {
    const client = await take().catch(error => {
      throw toDatabaseError(error)
    })
    const onError = () => internalsOf(client).socket.destroy()
    client.on('error', onError)
    return {
      ...sessionOf(client, { answerTimeoutMs: options.answerTimeoutMs, pooled: pooled.has(client), stalls }),
      giveBack(whole) {
        client.off('error', onError)
        client.release(!whole)
      },
    }
  }
  return {
    borrow,
    async query(sql, values) {
      const session = await borrow()
      let whole = false
      try {
        const rows = await session.query(sql, values)
        whole = true
        return rows
      } finally {
        session.giveBack(whole)
      }
    },
    async close() {
      const cut = setTimeout(() => {
        for (const socket of sockets) socket.destroy()
      }, closeWithinMs)
      await Promise.all([pool.end(), stalls.close()])
      await Promise.all([...sockets].map(socket => new Promise(resolve => socket.once('close', resolve))))
      clearTimeout(cut)
      // pg-pool forgets who waits for a free session.
      for (const reject of waiting) reject(new Error('the pool was closed'))
    },
  }
}
