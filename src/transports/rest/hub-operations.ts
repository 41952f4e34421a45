import type { IssueTicket } from '../../access/identify.ts'
import { openIdentity } from '../../access/identity.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import type { Connection } from '../../hub/connections/connection.ts'
import type { Hub } from '../../hub/hub.ts'
import { nothingSchema } from '../../protocol/api-schemas.ts'
import type { Answer } from '../answer.ts'
import { jsonAnswer } from '../answer.ts'
import { readOne } from '../query.ts'
import type { ApiCall, ApiOperation } from './api-call.ts'
import { checkBody } from './read-body.ts'

/** Somebody who is there; several connections of one user, or of one client that nobody signed in at, are one. */
export interface PresentMember {
  /** Null where nobody signed in. */
  readonly user: string | null
  /** Null for a user, who may have several. */
  readonly client_id: string | null
  readonly app_names: readonly string[]
  readonly state: 'online' | 'away' | 'offline'
}

/**
 * Tells who is there.
 * @param room one that the caller may be in: only its members; null = everybody he may know of
 */
export type ListPresent = (
  caller: Pick<ApiCall, 'identity' | 'address'>,
  room: string | null,
) => Promise<readonly PresentMember[]> | readonly PresentMember[]

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
  const { hub, issueTicket, roomsFor } = options
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
      answer: call => tellPresent(call, options),
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

async function tellPresent(call: ApiCall, { hub, listPresent }: HubOperationsOptions): Promise<Answer> {
  const room = readOne(call.query, 'room') ?? null
  if (room !== null) await hub.requireRoom(call, room)
  const members = await listPresent(call, room)
  return jsonAnswer(200, { room, members, total: members.length })
}

/** Who this hub knows to be there: the registered clients among its connections, by `client_id`. */
export function listConnected(hub: Hub): ListPresent {
  return (_caller, room) => {
    const names = new Map<string, Set<string>>()
    for (const { clientId, appName, interests } of hub.connections()) {
      if (clientId === null || (room !== null && !interests.rooms.has(room))) continue
      names.set(clientId, (names.get(clientId) ?? new Set()).add(appName ?? ''))
    }
    return [...names].map(([clientId, appNames]) => ({
      user: null,
      client_id: clientId,
      app_names: [...appNames],
      state: 'online',
    }))
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
