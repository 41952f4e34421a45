import { rtbridgeError } from '../../domain/errors/registry.ts'
import { messageEventType } from '../../hub/check-publish.ts'
import type { Connection } from '../../hub/connections/connection.ts'
import type { Hub } from '../../hub/hub.ts'
import { adminBodies, nothingSchema } from '../../protocol/api-schemas.ts'
import { closeCodes } from '../../protocol/close-codes.ts'
import { jsonAnswer } from '../answer.ts'
import type { AdminWays } from '../ways-in.ts'
import type { ApiOperation } from './api-call.ts'
import { checkBody } from './read-body.ts'

/**
 * What admins do to connections, and what they ask about tables, rules and the installation.
 */
export function adminOperations(hub: Hub, { tables, explain, examine }: AdminWays): readonly ApiOperation[] {
  const all = { isAdmins: true, parameters: [] as readonly string[] } as const
  return [
    { ...all, method: 'GET', path: '/api/tables', answer: () => jsonAnswer(200, tables()) },
    {
      ...all,
      method: 'POST',
      path: '/api/explain',
      answer: async ({ identity, body }) =>
        jsonAnswer(200, await explain(checkBody(adminBodies.explain, body), identity)),
    },
    {
      ...all,
      method: 'POST',
      path: '/api/doctor',
      answer: async ({ body }) => {
        checkBody(nothingSchema, body)
        return jsonAnswer(200, await examine())
      },
    },
    {
      ...all,
      method: 'POST',
      path: '/api/connections/disconnect',
      answer: ({ body }) => {
        const { connection } = checkBody(adminBodies.disconnect, body)
        findConnection(hub, connection).dismiss(closeCodes.sentAway, 'an admin ended the connection')
        return jsonAnswer(200, { disconnected: true })
      },
    },
    {
      ...all,
      method: 'POST',
      path: '/api/connections/message',
      answer: ({ identity, body }) => {
        const { connection, text } = checkBody(adminBodies.message, body)
        const data = JSON.stringify({ text, by: identity.user })
        const delivered = hub.tell(findConnection(hub, connection), { eventType: messageEventType, data })
        return jsonAnswer(200, { delivered })
      },
    },
  ]
}

/** @throws RTB_HTTP_CONNECTION */
function findConnection(hub: Hub, connection: string): Connection {
  const found = hub.connections().find(({ id }) => id === connection)
  if (found === undefined) throw rtbridgeError('RTB_HTTP_CONNECTION', { connection })
  return found
}
