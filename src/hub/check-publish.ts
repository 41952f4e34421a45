import type { Identity } from '../access/identity.ts'
import type { RtbridgeError } from '../domain/errors/registry.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { HubContext } from './context.ts'

/** Who sends an event. */
export interface Sender {
  readonly identity: Identity
  readonly address: string
  /** Null: none, it comes with a request of its own. */
  readonly connection: string | null
}

/** Names of table events: an app that trusts them must not be told them by another app. */
/** Name of what an admin says to one client. */
export const messageEventType = 'RTBRIDGE_MESSAGE'

const reservedTypes = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', messageEventType]

/**
 * Checks whether somebody may send an event, and records it. Whether the room is open to him is asked before.
 * @throws RTB_CUSTOM_EVENT_RESERVED RTB_PUBLISH_DENIED
 */
export function checkPublish(
  context: HubContext<unknown>,
  sender: Sender,
  event: { readonly eventType: string; readonly room: string | null },
): void {
  const { eventType, room } = event
  if (reservedTypes.includes(eventType)) throw rtbridgeError('RTB_CUSTOM_EVENT_RESERVED', { eventType })
  const isAllowed = context.access.mayPublish(sender.identity, event)
  const denial = isAllowed ? null : rtbridgeError('RTB_PUBLISH_DENIED', { eventType, room })
  recordPublish(context, sender, event, denial)
  if (denial !== null) throw denial
}

/** Writes what became of an event to the audit log: its names, never its data. */
export function recordPublish(
  { audit }: HubContext<unknown>,
  { identity, address, connection }: Sender,
  { eventType, room }: { readonly eventType: string; readonly room: string | null },
  denial: RtbridgeError | null,
): void {
  const action = denial === null ? 'publish' : 'denied'
  const subject = room === null ? eventType : `${eventType} to ${room}`
  audit({ action, user: identity.user, connection, address, code: denial?.code ?? null, subject })
}
