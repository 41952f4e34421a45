import type { ClientError } from './client-error.ts'
import type { Environment } from './environment.ts'
import { wholeClientError } from './whole-client-errors.ts'

const loopback = /^(localhost|127\..*|\[::1\])$/
const local =
  /^(10\.|127\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|\[(::1|f[cd]|fe80))|^[^.]+$|\.(local|lan|localhost)$/

/**
 * Whether the browser lets the page reach a URL.
 * @returns what it may mean when the attempt fails; null = nothing special
 * @throws RTB_CLIENT_MIXED_CONTENT RTB_CLIENT_LOCAL_NETWORK
 * @see https://www.w3.org/TR/mixed-content/
 * @see https://wicg.github.io/local-network-access/
 */
export async function checkReach(
  { protocol, hostname, host }: URL,
  { page, permissions }: Pick<Environment, 'page' | 'permissions'>,
): Promise<ClientError | null> {
  if (page?.protocol !== 'https:') return null
  if (protocol === 'ws:' && !loopback.test(hostname)) throw wholeClientError('RTB_CLIENT_MIXED_CONTENT', host)
  if (local.test(page.hostname) || !local.test(hostname)) return null
  // Browsers without this permission do not know its name, and reject.
  const state = await permissions?.query({ name: 'local-network-access' }).then(
    permission => permission.state,
    () => null,
  )
  const error = wholeClientError('RTB_CLIENT_LOCAL_NETWORK', host)
  if (state === 'denied') throw error
  return state === 'prompt' ? error : null
}
