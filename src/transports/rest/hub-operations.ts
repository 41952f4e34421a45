import type { IssueTicket } from '../../access/identify.ts'
import { openIdentity } from '../../access/identity.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import type { Connection } from '../../hub/connections/connection.ts'
import type { Hub } from '../../hub/hub.ts'
import { nothingSchema } from '../../protocol/api-schemas.ts'
import { jsonAnswer } from '../answer.ts'
import type { ApiCall, ApiOperation } from './api-call.ts'
import { checkBody } from './read-body.ts'

/** Who is there, as the API tells it. */
export interface PresentClient {
  readonly client_id: string
  readonly app_name: string
  /** How many connections it has. */
  readonly connections: number
  readonly state: string
}

/**
 * Tells who is there.
 * @param room only its members; null = everybody
 * @throws when the caller may not know
 */
export type ListPresent = (
  caller: Pick<ApiCall, 'identity' | 'address'>,
  room: string | null,
) => Promise<readonly PresentClient[]> | readonly PresentClient[]

export interface HubOperationsOptions {
  readonly hub: Hub
  /** Null: nobody is asked who he is, so a ticket stands for nothing. */
  readonly issueTicket: IssueTicket | null
  readonly listPresent: ListPresent
  /** The rooms somebody may know of; null = all. */
  readonly roomsFor: (call: ApiCall) => ReadonlySet<string> | null
}

/** Operations that tell of the hub and who is connected to it. */
export function hubOperations(options: HubOperationsOptions): readonly ApiOperation[] {
  const { hub, issueTicket, listPresent, roomsFor } = options
  const get = { method: 'GET', isAdmins: false, parameters: [] as readonly string[] } as const
  return [
    {
      ...get,
      path: '/api/connections',
      isAdmins: true,
      answer: () => jsonAnswer(200, { connections: hub.connections().map(describeConnection) }),
    },
    {
      ...get,
      path: '/api/rooms',
      answer: call => jsonAnswer(200, { rooms: countRooms(hub.connections(), roomsFor(call)) }),
    },
    {
      ...get,
      path: '/api/presence',
      parameters: ['room'],
      answer: async call =>
        jsonAnswer(200, { present: await listPresent(call, call.query.get('room') || null) }),
    },
    { ...get, path: '/api/stats', answer: () => jsonAnswer(200, hub.stats()) },
    {
      ...get,
      method: 'POST',
      path: '/api/ticket',
      answer: async ({ identity, body }) => {
        checkBody(nothingSchema, body)
        if (issueTicket === null) throw rtbridgeError('RTB_HTTP_TICKETS', {})
        const { ticket, expiresAt } = await issueTicket(identity)
        return jsonAnswer(201, { ticket, expires_at: expiresAt })
      },
    },
  ]
}

/** Who this hub knows to be there: the registered clients among its connections, by `client_id`. */
export function listConnected(hub: Hub): ListPresent {
  return (_caller, room) => {
    const present = new Map<string, PresentClient>()
    for (const { clientId, appName, interests } of hub.connections()) {
      if (clientId === null || (room !== null && !interests.rooms.has(room))) continue
      const connections = (present.get(clientId)?.connections ?? 0) + 1
      present.set(clientId, {
        client_id: clientId,
        app_name: appName ?? '',
        connections,
        state: 'online',
      })
    }
    return [...present.values()]
  }
}

/** Where nobody is asked who he is, everybody may join every room: there is nothing to hide. */
export function roomsForCaller(
  isAdmin: (call: ApiCall) => boolean,
  roomsOf: (call: ApiCall) => readonly string[],
): HubOperationsOptions['roomsFor'] {
  return call => (call.identity === openIdentity || isAdmin(call) ? null : new Set(roomsOf(call)))
}

function describeConnection(connection: Connection) {
  const { id, clientId, appName, remoteAddress, wire, feed, interests } = connection
  return {
    id,
    client_id: clientId,
    app_name: appName,
    address: remoteAddress,
    transport: wire === 'sse' ? 'sse' : 'websocket',
    state: feed.state,
    subscriptions: interests.subscriptions.length,
    rooms: [...interests.rooms],
    queued_bytes: feed.queue.bytes,
  }
}

function countRooms(
  connections: readonly Connection[],
  known: ReadonlySet<string> | null,
): { readonly room: string; readonly connections: number }[] {
  const counts = new Map<string, number>()
  for (const { interests } of connections) {
    for (const room of interests.rooms) {
      if (known === null || known.has(room)) counts.set(room, (counts.get(room) ?? 0) + 1)
    }
  }
  return [...counts].map(([room, count]) => ({ room, connections: count }))
}
