import type { IncomingMessage } from 'node:http'
import { isLoopback, showsSomething } from '../access/identify.ts'
import { queryOf } from './query.ts'
import { showCredentials } from './show-credentials.ts'
import type { WaysIn } from './ways-in.ts'

/**
 * Whether a request gets the details of `/health`: admins and this machine do; where nobody is asked who he is,
 * everybody whom the door lets in.
 * @throws RTB_AUTH_* when it shows something that is not valid
 */
export async function maySeeHealth(
  request: Pick<IncomingMessage, 'headers' | 'socket' | 'url'>,
  { identify, isAdmin, isOpen }: Pick<WaysIn, 'identify' | 'isAdmin' | 'isOpen'>,
): Promise<boolean> {
  const shown = showCredentials(request, queryOf(request.url))
  if (isOpen || isLoopback(shown.address)) return true
  return showsSomething(shown) && isAdmin(await identify(shown), shown.address)
}
