import { rtbridgeError } from '../../domain/errors/registry.ts'
import { closeCodes } from '../../protocol/close-codes.ts'
import type { Connection } from '../connections/connection.ts'
import type { HubContext } from '../context.ts'
import { auditRoom } from './audit-room.ts'

/** Who could not be asked about for this long is put out: rights that nobody can confirm do not last for ever, ms. */
const longestUndecidedMs = 60_000

/**
 * Asks again about every room that a connection chose to be in, or to look into, as the one it acts for now. It is put
 * out of those that are not open to it any more, and told `left` with the reason.
 */
export async function recheckRooms(connection: Connection): Promise<void> {
  const { interests, context, session, rooms: state } = connection
  await recheckReplays(connection)
  for (const room of chosenBy(connection)) {
    const { identity } = session
    if (connection.feed.state === 'closed' || identity === null) return
    if (interests.isAutomatic(room)) continue
    const may = await context.access.mayJoin(identity, room).catch(() => null)
    if (session.identity !== identity || !chosenBy(connection).has(room)) continue
    if (may === null && !isUndecidedTooLong(connection, room)) continue
    state.undecidedSince?.delete(room)
    if (may !== true) endMembership(connection, room)
  }
}

/** The past of a room is for those who may be in it now: a replay is given up when the right is lost. */
async function recheckReplays(connection: Connection): Promise<void> {
  const { context, session, rooms: state } = connection
  for (const [id, rooms] of [...(state.replaying ?? [])]) {
    const { identity } = session
    if (identity === null) return
    // It can be asked for again, so an answer that does not come counts as no.
    const answers = await Promise.all(
      rooms.map(room => context.access.mayJoin(identity, room).catch(() => false)),
    )
    const denied = rooms.find((_, index) => answers[index] === false)
    if (denied === undefined || !state.replaying?.has(id) || !connection.cancelReplay(id)) continue
    auditRoom(connection, 'denied', { room: denied, code: 'RTB_ROOM_DENIED' })
    connection.refuse(rtbridgeError('RTB_ROOM_DENIED', { room: denied }), 'subscribe', { subscription: id })
  }
}

/**
 * Puts a connection out of a room, whatever keeps it there. What waits for the client was chosen while it was a member:
 * then the connection ends, and with its cursor it goes on where it is, without the room.
 */
export function endMembership(connection: Connection, room: string): void {
  const { feed, interests } = connection
  const isMember = interests.chosenRooms.has(room)
  const isWaitedFor = feed.conflation.isHolding || feed.queue.bytes > 0 || connection.pendingSubscriptions > 0
  if (isMember && isWaitedFor) {
    auditRoom(connection, 'denied', { room, code: 'RTB_ROOM_DENIED' })
    connection.dismiss(closeCodes.identityChanged, 'what may be seen has changed')
    return
  }
  interests.deny(room)
  connection.context.presence.watchers.remove(connection.id, room)
  connection.reselect()
  auditRoom(connection, 'denied', { room, code: 'RTB_ROOM_DENIED' })
  feed.reply('left', { room, reason: 'denied' })
}

/**
 * Asks again about all connections, round after round, one connection after the other; rests while the database is
 * away, which has to be asked.
 *
 * @returns ends it
 */
export function keepRechecking(
  context: HubContext<Connection>,
  connections: () => Iterable<Connection>,
  everyMs: number,
): () => void {
  let cancel = () => {}
  let isOver = false
  const schedule = () => {
    if (!isOver) cancel = context.clock.after(everyMs, () => void round())
  }
  const round = async () => {
    for (const connection of [...connections()]) {
      if (isOver || context.notReady !== null) break
      await recheckRooms(connection).catch(error => context.onError(error, 'rooms'))
    }
    schedule()
  }
  schedule()
  return () => {
    isOver = true
    cancel()
  }
}

function chosenBy({ id, interests, context }: Connection): ReadonlySet<string> {
  const watched = context.presence.watchers.roomsOf(id).filter(room => room !== null)
  return new Set([...interests.chosenRooms, ...watched])
}

function isUndecidedTooLong({ rooms, context }: Connection, room: string): boolean {
  const now = context.clock.elapsed()
  rooms.undecidedSince ??= new Map()
  const since = rooms.undecidedSince.get(room) ?? now
  rooms.undecidedSince.set(room, since)
  return now - since >= longestUndecidedMs
}
