import { rtbridgeError } from '../../domain/errors/registry.ts'
import type { ClientMessage } from '../../protocol/messages.ts'
import type { Client } from '../connections/client.ts'
import { auditRoom } from './audit-room.ts'
import { whenAllowed } from './require-rooms.ts'

type MessageOf<Type extends ClientMessage['type']> = Extract<ClientMessage, { type: Type }>

/**
 * Puts a connection into a room it may be in, and answers `joined`: from here on it misses nothing that is sent there.
 * @throws RTB_ROOM_DENIED RTB_ROOM_AUTOMATIC RTB_ROOM_UNDECIDED RTB_ROOM_LIMIT RTB_ROOM_PENDING
 */
export function joinRoom(connection: Client, message: MessageOf<'join'>): Promise<void> | void {
  const { room } = message.data
  return whenAllowed(connection, { rooms: [room], data: message.data }, () => {
    if (!connection.interests.isAutomatic(room)) {
      connection.interests.join(room)
      connection.reselect()
      auditRoom(connection, 'join', { room })
    }
    connection.reply(message, 'joined', { room })
  })
}

/**
 * Takes a connection out of a room, and answers `left`.
 * @throws RTB_ROOM_AUTOMATIC RTB_ROOM_PENDING
 */
export function leaveRoom(connection: Client, message: MessageOf<'leave'>): Promise<void> | void {
  const { room } = message.data
  return connection.rooms.run(message.data, () => {
    if (connection.interests.isAutomatic(room)) throw rtbridgeError('RTB_ROOM_AUTOMATIC', { room })
    connection.interests.leave(room)
    connection.reselect()
    auditRoom(connection, 'leave', { room })
    connection.reply(message, 'left', { room })
  })
}
