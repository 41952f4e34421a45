import type { IncomingMessage } from 'node:http'
import type { ShownCredentials } from '../access/identify.ts'
import { readOne } from './query.ts'

/** The WebSocket subprotocol the hub speaks; who shows a token as a subprotocol offers this one, too. */
export const subprotocol = 'rtbridge.v1'
const tokenProtocol = 'rtbridge.token.'

/**
 * What a request shows of who sent it.
 * @throws RTB_QUERY_INVALID when a ticket or token is there twice
 */
export function showCredentials(
  { headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>,
  query: URLSearchParams,
): ShownCredentials {
  return {
    authorization: headers.authorization ?? null,
    subprotocol: tokenOf(headers['sec-websocket-protocol']),
    ticket: readOne(query, 'ticket') ?? null,
    token: readOne(query, 'token') ?? null,
    address: socket.remoteAddress ?? 'unknown',
  }
}

function tokenOf(offered = ''): string | null {
  const names = offered.split(',').map(name => name.trim())
  return names.find(name => name.startsWith(tokenProtocol))?.slice(tokenProtocol.length) ?? null
}
