import type { Identity } from '../access/identity.ts'
import { historyOf } from '../domain/cursor.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'
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
}

/** Who asks for something, and from where. */
export interface Caller {
  readonly identity: Identity
  readonly address: string
}

/** Names of table events: an app that trusts them must not be told them by another app. */
const reservedTypes = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']

/**
 * Sends an event to every connection it is for.
 * @returns its id; null when it was stored and the journal did not say where
 * @throws RTB_CUSTOM_EVENT_RESERVED RTB_HTTP_DENIED RTB_CUSTOM_EVENT_DURABLE RTB_CUSTOM_EVENT_FAILED
 */
export async function sendEvent(
  context: HubContext<unknown>,
  { identity, address }: Caller,
  event: OutsideEvent,
): Promise<string | null> {
  const { eventType, room } = event
  const record = {
    action: 'publish',
    user: identity.user,
    connection: null,
    address,
    subject: eventType,
  } as const
  if (reservedTypes.includes(eventType)) throw rtbridgeError('RTB_CUSTOM_EVENT_RESERVED', { eventType })
  const isAllowed = context.access.mayPublish(identity, { eventType, room })
  if (!isAllowed || (room !== null && !(await mayBeIn(context, identity, room)))) {
    context.audit({ ...record, action: 'denied', code: 'RTB_HTTP_DENIED' })
    throw rtbridgeError('RTB_HTTP_DENIED', { what: `publish ${eventType}` })
  }
  const eventId = event.durable ? await store(context, event) : await signal(context, event)
  context.audit({ ...record, code: null })
  return eventId
}

/** Whether somebody without a connection could be a member of a room: he may send to it, and read what was. */
async function mayBeIn({ access }: HubContext<unknown>, identity: Identity, room: string): Promise<boolean> {
  return access.roomsOf(identity).includes(room) || access.mayJoin(identity, room)
}

/** @throws RTB_HTTP_DENIED to who could not be a member of a room */
export async function requireRoom(
  context: HubContext<unknown>,
  identity: Identity,
  room: string,
): Promise<void> {
  if (!(await mayBeIn(context, identity, room)))
    throw rtbridgeError('RTB_HTTP_DENIED', { what: `join ${room}` })
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
  { eventType, data, room, origin }: OutsideEvent,
): Promise<string | null> {
  if (publishDurable === null) throw rtbridgeError('RTB_CUSTOM_EVENT_DURABLE', {})
  try {
    const seq = await publishDurable({ eventType, data, room, origin })
    const incarnation = stream.checkpoint?.cursor.incarnation
    return seq === null || incarnation === undefined ? null : `${historyOf(incarnation)}-${seq}`
  } catch (cause) {
    throw rtbridgeError('RTB_CUSTOM_EVENT_FAILED', {}, cause)
  }
}
