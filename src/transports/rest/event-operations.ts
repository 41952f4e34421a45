import { rtbridgeError } from '../../domain/errors/registry.ts'
import type { Hub } from '../../hub/hub.ts'
import { onceKeyOf } from '../../hub/once-key-of.ts'
import {
  defaultHistoryLimit,
  maxHistoryLimit,
  nothingSchema,
  publishSchema,
} from '../../protocol/api-schemas.ts'
import type { Answer } from '../answer.ts'
import { jsonAnswer } from '../answer.ts'
import { errorAnswer } from '../problem.ts'
import { filterParameters, readInteger, readOne, readSubscription } from '../query.ts'
import type { ApiCall, ApiOperation } from './api-call.ts'
import { checkBody } from './read-body.ts'

/** Name of the event of `POST /api/test-event`. */
export const testEventType = 'RTBRIDGE_TEST'

/** Operations that send and read events. */
export function eventOperations(hub: Hub): readonly ApiOperation[] {
  return [
    {
      method: 'POST',
      path: '/api/publish',
      isAdmins: false,
      parameters: [],
      answer: call => publish(hub, call),
    },
    {
      method: 'GET',
      path: '/api/events',
      isAdmins: false,
      parameters: [...filterParameters, 'cursor', 'limit'],
      answer: call => readHistory(hub, call),
    },
    {
      method: 'POST',
      path: '/api/test-event',
      isAdmins: true,
      parameters: [],
      answer: call => sendTestEvent(hub, call),
    },
  ]
}

async function publish(hub: Hub, call: ApiCall): Promise<Answer> {
  const {
    event_type: eventType,
    data = null,
    room = null,
    durable = false,
    idempotency_key: key,
    client_id: clientId,
  } = checkBody(publishSchema, call.body)
  const { identity, address } = call
  const kind = clientId === undefined ? 'address' : 'client'
  const once = onceKeyOf(identity, key, { kind, name: clientId ?? address })
  const event = { eventType, data: JSON.stringify(data), room, durable, origin: originOf(call), once }
  return jsonAnswer(202, { event_id: await hub.send(call, event) })
}

/** Spliced as text: no number of a row passes through a double. */
async function readHistory(hub: Hub, call: ApiCall): Promise<Answer> {
  const { query } = call
  const cursor = readOne(query, 'cursor') ?? null
  const limit = readInteger(query, 'limit', { min: 1, max: maxHistoryLimit }) ?? defaultHistoryLimit
  const page = await hub.readHistory(call, { cursor, limit, subscription: readSubscription(query) })
  if ('gap' in page) {
    const members = { reason: page.gap, cursor: page.cursor }
    return errorAnswer(rtbridgeError('RTB_CURSOR_GAP', { reason: page.gap }), {}, members)
  }
  const { events, ...rest } = page
  return { ...jsonAnswer(200, {}), body: `{"events":[${events.join(',')}],${JSON.stringify(rest).slice(1)}` }
}

async function sendTestEvent(hub: Hub, call: ApiCall): Promise<Answer> {
  checkBody(nothingSchema, call.body)
  const data = JSON.stringify({ text: 'a test event: it went through the journal', by: call.identity.user })
  const event = { eventType: testEventType, data, room: null, durable: true, origin: originOf(call) }
  return jsonAnswer(202, { event_id: await hub.send(call, event) })
}

/** What receivers see as the origin; an app that publishes under its `client_id` would not get its own events. */
function originOf({ identity }: ApiCall): string {
  return identity.user === null ? 'api' : `api:${identity.user}`
}
