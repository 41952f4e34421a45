import type { Identity } from '../../access/identity.ts'
import { isAutomaticRoom } from '../../domain/automatic-room.ts'
import { RtbridgeError, rtbridgeError } from '../../domain/errors/registry.ts'
import type { ClientMessage } from '../../protocol/messages.ts'
import type { Client } from '../connections/client.ts'
import { RefusedSubscription } from '../connections/refused-subscription.ts'
import { auditRoom } from './audit-room.ts'

type RegisterMessage = Extract<ClientMessage, { type: 'register' }>

/**
 * Finds out whether a connection may be in rooms, and then does `work`; rooms it is in already are not asked about.
 * In the order of its messages, at once where nobody has to be asked.
 *
 * @param data of the message, which is kept while it waits
 * @throws RTB_ROOM_DENIED RTB_ROOM_AUTOMATIC RTB_ROOM_UNDECIDED RTB_ROOM_PENDING, and what `work` throws
 */
export function whenAllowed(
  connection: Client,
  { rooms, data }: { readonly rooms: readonly string[]; readonly data: unknown },
  work: () => Promise<void> | void,
): Promise<void> | void {
  return connection.rooms.run(data, () => {
    const { allRooms } = connection.interests
    const asked = rooms.filter(room => !allRooms.has(room))
    if (asked.length === 0) return work()
    return requireRooms(connection, asked).then(() => {
      if (connection.feed.state !== 'closed') return work()
    })
  })
}

/**
 * Leaves out the subscriptions of a `register` whose rooms are not open to the connection, each with an `error` frame:
 * who has lost one right must be able to come back for the rest.
 */
export async function dropDenied(connection: Client, message: RegisterMessage): Promise<void> {
  for (const { spec } of connection.interests.subscriptions) {
    if (spec.rooms.length === 0) continue
    try {
      await requireRooms(connection, spec.rooms)
    } catch (error) {
      connection.interests.remove(spec.id)
      connection.fail(message, new RefusedSubscription(spec.id, error))
    }
  }
}

/** Until the answer is about who the connection acts for now: that may change while the database is asked. */
async function requireRooms(connection: Client, rooms: readonly string[]): Promise<void> {
  for (;;) {
    const { identity } = connection.session
    if (identity === null) throw rtbridgeError('RTB_ROOM_DENIED', { room: rooms[0] ?? '' })
    await Promise.all(rooms.map(room => requireRoom(connection, identity, room)))
    if (connection.session.identity === identity) return
  }
}

async function requireRoom(connection: Client, identity: Identity, room: string): Promise<void> {
  const { access } = connection.context
  const may = await access.mayJoin(identity, room).catch(thrown => {
    throw thrown instanceof RtbridgeError ? thrown : rtbridgeError('RTB_ROOM_UNDECIDED', { room }, thrown)
  })
  if (may) return
  const code = isAutomaticRoom(room) ? 'RTB_ROOM_AUTOMATIC' : 'RTB_ROOM_DENIED'
  auditRoom(connection, 'denied', { room, code })
  throw rtbridgeError(code, { room })
}
