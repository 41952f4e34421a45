import { openIdentity } from '../../access/identity.ts'
import type { ClientMessage } from '../../protocol/messages.ts'
import type { Client } from '../connections/client.ts'
import { wholeOffice } from './presence.ts'
import { whenAllowed } from './require-rooms.ts'

type PresenceMessage = Extract<ClientMessage, { type: 'presence' }>

/**
 * Answers `presence`: sets the client's own state, says who is in a room it is in or may join (without a room: who is
 * there at all, of its own tenant where there are tenants), and tells it of changes from then on, or no more.
 *
 * @throws RTB_ROOM_DENIED RTB_ROOM_AUTOMATIC RTB_ROOM_UNDECIDED RTB_ROOM_LIMIT RTB_ROOM_PENDING
 */
export function answerPresence(connection: Client, message: PresenceMessage): Promise<void> | void {
  const { presence } = connection.context
  const { room = null, subscribe, state } = message.data
  if (state !== undefined) {
    connection.rooms.isAway = state === 'away'
    presence.update(connection)
  }
  if (state !== undefined && message.data.room === undefined && subscribe === undefined) {
    if (message.messageId !== null) connection.reply(message, 'ack', { in_reply_to: message.messageId })
    return
  }
  return whenAllowed(connection, { rooms: room === null ? [] : [room], data: message.data }, () => {
    const seen = room ?? wholeOffice(connection.session.identity ?? openIdentity)
    if (subscribe === true) presence.watchers.add(connection, seen, room)
    else if (subscribe === false) presence.watchers.remove(connection.id, seen)
    connection.reply(message, 'presence', presence.watchers.describe(seen, room))
  })
}
