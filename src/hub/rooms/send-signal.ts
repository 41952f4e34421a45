import { rtbridgeError } from '../../domain/errors/registry.ts'
import type { CustomEventData } from '../../protocol/messages.ts'
import { checkSignal } from '../check-signal.ts'
import type { Client } from '../connections/client.ts'
import { whenAllowed } from './require-rooms.ts'

/**
 * Lets a custom event go where it may: a signal within its rate and size, and what is for a room from its members only,
 * or also from those who may join it. `send` is called in the order of the client's messages; nothing waits for it.
 *
 * @throws RTB_SIGNAL_RATE RTB_SIGNAL_SIZE RTB_ROOM_NOT_MEMBER RTB_ROOM_DENIED RTB_ROOM_UNDECIDED, and what `send` throws
 */
export async function whenMaySend(
  connection: Client,
  event: CustomEventData,
  send: () => Promise<void>,
): Promise<void> {
  const { room = null, durable = false } = event
  if (!durable) {
    const { rooms, context } = connection
    const rate = { bucket: rooms.bucket, now: context.clock.elapsed() }
    checkSignal(JSON.stringify(event.data ?? null), rate, context)
  }
  let sent: Promise<void> = Promise.resolve()
  const start = () => {
    sent = send()
    // Whoever waits for `sent` hears of it; it must not count as unheard until then.
    sent.catch(() => {})
  }
  if (room !== null && connection.context.limits.signalsMembersOnly) {
    await connection.rooms.run(event, () => {
      requireMember(connection, room)
      start()
    })
  } else {
    await whenAllowed(connection, { rooms: room === null ? [] : [room], data: event }, start)
  }
  return sent
}

function requireMember({ interests }: Client, room: string): void {
  if (!interests.allRooms.has(room)) throw rtbridgeError('RTB_ROOM_NOT_MEMBER', { room })
}
