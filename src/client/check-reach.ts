import { clientError } from './client-errors.ts'
import type { Environment } from './environment.ts'

const loopback = /^(localhost|127\..*|\[::1\])$/
const local =
  /^(10\.|127\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|\[(::1|f[cd]|fe80))|^[^.]+$|\.(local|lan|localhost)$/

/**
 * Whether the browser lets the page reach a URL.
 * @returns true when it may not, which only a failure will tell
 * @throws RTB_CLIENT_MIXED_CONTENT RTB_CLIENT_LOCAL_NETWORK
 * @see https://www.w3.org/TR/mixed-content/
 * @see https://wicg.github.io/local-network-access/
 */
export async function checkReach(
  { protocol, hostname, host }: URL,
  { page, permissions }: Pick<Environment, 'page' | 'permissions'>,
): Promise<boolean> {
  if (page?.protocol !== 'https:') return false
  if (protocol === 'ws:' && !loopback.test(hostname)) throw clientError('RTB_CLIENT_MIXED_CONTENT', host)
  if (local.test(page.hostname) || !local.test(hostname)) return false
  // Browsers without this permission do not know its name, and reject.
  const state = await permissions?.query({ name: 'local-network-access' }).then(
    permission => permission.state,
    () => null,
  )
  if (state === 'denied') throw clientError('RTB_CLIENT_LOCAL_NETWORK', host)
  return state === 'prompt'
}
