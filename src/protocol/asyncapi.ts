import * as z from 'zod'
import { clientMessageTypes, clientSchemas } from './client-schemas.ts'
import { hubMessageTypes, hubSchemas } from './hub-schemas.ts'
import type { JsonSchema } from './json-schema.ts'
import { toJsonSchema } from './json-schema.ts'
import { protocolVersion } from './messages.ts'

/** What never comes over an event stream: answers to messages that such a client cannot send, and batches. */
const webSocketOnly: readonly string[] = [
  'events',
  'subscribed',
  'unsubscribed',
  'joined',
  'left',
  'ack',
  'pong',
]

/** The AsyncAPI document of both streams. @see https://www.asyncapi.com/docs/reference/specification/v3.0.0 */
export function createAsyncApiDocument(): JsonSchema {
  const streamed = hubMessageTypes.filter(type => !webSocketOnly.includes(type))
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'rtbridge',
      version: `${protocolVersion}.0.0`,
      description:
        'Row changes of a PostgreSQL database as events: over a WebSocket in both directions, or as server-sent events.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    channels: {
      webSocket: {
        address: '/',
        description: 'A WebSocket; one JSON object in each text frame. `/ws` is the same.',
        messages: {
          ...references(clientMessageTypes, 'client'),
          ...references(hubMessageTypes, 'hub'),
        },
        bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } },
      },
      eventStream: {
        address: '/events',
        description:
          'Server-sent events: `data` is the data of the message alone, `event` its type or the event type.',
        messages: references(streamed, 'block'),
      },
    },
    operations: {
      receiveFromClient: operation('receive', 'webSocket', names(clientMessageTypes, 'client')),
      sendToClient: operation('send', 'webSocket', names(hubMessageTypes, 'hub')),
      streamToClient: operation('send', 'eventStream', names(streamed, 'block')),
    },
    components: {
      messages: {
        ...messages(clientMessageTypes, 'client', type => envelope(type, clientSchemas[type], false)),
        ...messages(hubMessageTypes, 'hub', type => envelope(type, hubSchemas[type], true)),
        ...messages(streamed, 'block', type => toJsonSchema(hubSchemas[type], 'draft-7')),
      },
    },
  }
}

type Side = 'client' | 'hub' | 'block'

/** The same type of message has another name on each side: `registerFromClient`. */
function nameOf(type: string, side: Side): string {
  return `${type}_${side}`
}

function names(types: readonly string[], side: Side): readonly string[] {
  return types.map(type => nameOf(type, side))
}

function references(types: readonly string[], side: Side): JsonSchema {
  return Object.fromEntries(names(types, side).map(name => [name, { $ref: `#/components/messages/${name}` }]))
}

function operation(action: 'send' | 'receive', channel: string, messageNames: readonly string[]): JsonSchema {
  return {
    action,
    channel: { $ref: `#/channels/${channel}` },
    messages: messageNames.map(name => ({ $ref: `#/channels/${channel}/messages/${name}` })),
  }
}

function messages<Type extends string>(
  types: readonly Type[],
  side: Side,
  payloadOf: (type: Type) => JsonSchema,
): JsonSchema {
  return Object.fromEntries(
    types.map(type => [nameOf(type, side), { name: type, title: type, payload: payloadOf(type) }]),
  )
}

/** The envelope around the data; a client may leave out the time, and add an id that the answer repeats. */
function envelope(type: string, data: z.ZodType, isOfHub: boolean): JsonSchema {
  const timestamp = z.iso.datetime().describe('ISO 8601')
  const messageId = z.string().min(1).max(200).describe('Comes back as `in_reply_to`')
  const shape = isOfHub
    ? { timestamp }
    : { timestamp: timestamp.optional(), message_id: messageId.optional() }
  return toJsonSchema(z.object({ message_type: z.literal(type), data, ...shape }), 'draft-7')
}
