import type { IncomingMessage } from 'node:http'
import type { ShownCredentials } from '../access/identify.ts'
import { readOne } from './query.ts'

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
    ticket: readOne(query, 'ticket') ?? null,
    token: readOne(query, 'token') ?? null,
    address: socket.remoteAddress ?? 'unknown',
  }
}
