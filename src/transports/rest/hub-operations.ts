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

/** Of one connection that many subscriptions are told; all of a crowd would be megabytes. */
const mostSelects = 20

export interface HubOperationsOptions {
  readonly hub: Hub
  /** Null: nobody is asked who he is, so a ticket stands for nothing. */
  readonly issueTicket: IssueTicket | null
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
      path: '/api/trace',
      isAdmins: true,
      parameters: ['tx', 'seq'],
      answer: ({ query }) => {
        const change = { tx: readPlace(query, 'tx'), seq: readPlace(query, 'seq') }
        return jsonAnswer(200, describeTrace(hub.trace(change)))
      },
    },
    {
      ...get,
      path: '/api/rooms',
      answer: call => jsonAnswer(200, { rooms: knownRooms(hub, roomsFor(call)) }),
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

async function tellPresent(call: ApiCall, { hub }: HubOperationsOptions): Promise<Answer> {
  const room = readOne(call.query, 'room') ?? null
  if (room !== null) await hub.requireRoom(call, room)
  return jsonAnswer(200, hub.presence(call.identity, room))
}

/** Where nobody is asked who he is, everybody may join every room: there is nothing to hide. */
export function roomsForCaller(
  isAdmin: (call: ApiCall) => boolean,
  roomsOf: (call: ApiCall) => readonly string[],
): HubOperationsOptions['roomsFor'] {
  return call => (call.identity === openIdentity || isAdmin(call) ? null : new Set(roomsOf(call)))
}

function describeConnection(connection: Connection) {
  const { id, clientId, appName, remoteAddress, wire, feed, interests, session } = connection
  return {
    id,
    client_id: clientId,
    app_name: appName,
    address: remoteAddress,
    transport: wire === 'sse' ? 'sse' : 'websocket',
    state: feed.state,
    subscriptions: interests.selected.size,
    rooms: [...interests.rooms],
    queued_bytes: feed.queue.bytes,
    user: session.identity?.user ?? null,
    roles: session.identity?.roles ?? [],
    lag_ms: feed.lagMs,
    selects: [...interests.selected.list].slice(0, mostSelects).map(describeSelection),
  }
}

function describeSelection({ spec }: Connection['interests']['subscriptions'][number]) {
  const { id, events, tables, channels, rooms, where } = spec
  return { id, events, tables, channels, rooms, where }
}

function describeTrace({ connections, ...rest }: ReturnType<Hub['trace']>) {
  return {
    ...rest,
    connections: connections.map(({ connection, delivery, events }) => {
      const { id, clientId, appName, remoteAddress, feed, session } = connection
      const user = session.identity?.user ?? null
      const who = { id, client_id: clientId, app_name: appName, address: remoteAddress, user }
      return { ...who, state: feed.state, lag_ms: feed.lagMs, delivery, events }
    }),
  }
}

/** A transaction or a place in the journal. @throws RTB_QUERY_INVALID */
function readPlace(query: URLSearchParams, parameter: 'tx' | 'seq'): string {
  const text = readOne(query, parameter) ?? ''
  if (/^\d{1,19}$/.test(text)) return text
  throw rtbridgeError('RTB_QUERY_INVALID', { parameter, problem: 'is no number of the journal' })
}

function knownRooms(hub: Hub, known: ReadonlySet<string> | null) {
  return hub.rooms().filter(({ room }) => known === null || known.has(room))
}
