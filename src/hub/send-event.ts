import type { Identity } from '../access/identity.ts'
import { historyOf } from '../domain/cursor.ts'
import { rtbridgeError, toRtbridgeError } from '../domain/errors/registry.ts'
import type { OnceKey } from '../domain/once-key.ts'
import type { Caller } from './caller.ts'
import { checkPublish, recordPublish } from './check-publish.ts'
import { checkStanding } from './check-standing.ts'
import type { HubContext } from './context.ts'

/** An event that comes from outside of any connection. */
export interface OutsideEvent {
  readonly eventType: string
  /** JSON text. */
  readonly data: string
  /** Only to members of this room; null = to everybody. */
  readonly room: string | null
  /** Through the journal. */
  readonly durable: boolean
  /** What receivers see as its origin. */
  readonly origin: string
  /** Of durable ones; set: stored unless one was stored with this key. */
  readonly once?: OnceKey | undefined
}

/**
 * Sends an event to every connection it is for.
 * @returns its id, or that of the one that was stored with the same key; null when the journal did not say where
 * @throws RTB_CUSTOM_EVENT_RESERVED RTB_PUBLISH_DENIED RTB_ROOM_DENIED RTB_SIGNAL_RATE RTB_SIGNAL_SIZE
 *   RTB_CUSTOM_EVENT_DURABLE RTB_CUSTOM_EVENT_FAILED RTB_AUTH_EXPIRED RTB_AUTH_REVOKED
 */
export async function sendEvent(
  context: HubContext<unknown>,
  caller: Caller,
  event: OutsideEvent,
): Promise<string | null> {
  const { room, durable } = event
  const sender = { ...caller, connection: null }
  if (!durable) context.outsideSignals.check(caller, event.data)
  try {
    checkStanding(context, caller.identity)
    if (room !== null) await requireRoom(context, caller.identity, room)
  } catch (error) {
    recordPublish(context, sender, event, toRtbridgeError(error, 'a room'))
    throw error
  }
  checkPublish(context, sender, event)
  return durable ? store(context, event) : signal(context, event)
}

/**
 * Whether somebody without a connection could be a member of a room: he may send to it, and read what was.
 * @throws RTB_ROOM_DENIED RTB_ROOM_UNDECIDED RTB_AUTH_EXPIRED RTB_AUTH_REVOKED
 */
export async function requireRoom(
  context: HubContext<unknown>,
  identity: Identity,
  room: string,
): Promise<void> {
  const { access } = context
  const isOpen = access.roomsOf(identity).includes(room) || (await access.mayJoin(identity, room))
  checkStanding(context, identity)
  if (!isOpen) throw rtbridgeError('RTB_ROOM_DENIED', { room })
}

async function signal(
  { newId, signals, counters, timestamp }: HubContext<unknown>,
  event: OutsideEvent,
): Promise<string> {
  counters.signals++
  const { eventType, data, room, origin } = event
  const eventId = newId()
  await signals.publish({ eventId, eventType, data, room, origin, connectionId: '', at: timestamp() })
  return eventId
}

async function store(
  { publishDurable, stream }: HubContext<unknown>,
  { eventType, data, room, origin, once }: OutsideEvent,
): Promise<string | null> {
  if (publishDurable === null) throw rtbridgeError('RTB_CUSTOM_EVENT_DURABLE', {})
  try {
    const seq = await publishDurable({ eventType, data, room, origin, once })
    const incarnation = stream.checkpoint?.cursor.incarnation
    return seq === null || incarnation === undefined ? null : `${historyOf(incarnation)}-${seq}`
  } catch (cause) {
    throw rtbridgeError('RTB_CUSTOM_EVENT_FAILED', {}, cause)
  }
}
