import { ClientError } from '../api/client-error.ts'
import { clientError } from '../api/client-errors.ts'
import { wholeClientError } from '../api/whole-client-errors.ts'
import type { Environment } from '../platform/environment.ts'
import type { Link, OpenLink } from './link.ts'

type Reach = Pick<Environment, 'platform'>

const loopback = /^(localhost|127\..*|\[::1\])$/
const local =
  /^(10\.|127\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|\[(::1|f[cd]|fe80))|^[^.]+$|\.(local|lan|localhost)$/

/**
 * A transport that first looks whether the browser lets the page reach the hub, and says so when that is why it fails.
 * @see https://www.w3.org/TR/mixed-content/
 * @see https://wicg.github.io/local-network-access/
 */
export function withReachCheck(open: OpenLink, environment: Reach): OpenLink {
  return (url, listener) => {
    let link: Link | null = null
    let isOver = false
    const fail = (error: unknown) => {
      const isOwn = error instanceof ClientError
      // What the constructor of a socket throws is no error of the client's.
      if (!isOver)
        listener.closed(1006, isOwn ? error : clientError('RTB_CLIENT_CONNECT_FAILED', url.host, error))
    }
    checkReach(url, environment)
      .then(suspicion => {
        if (isOver) return
        let isOpen = false
        link = open(url, {
          ...listener,
          opened: () => {
            isOpen = true
            listener.opened()
          },
          closed: (code, error) => listener.closed(code, isOpen ? error : (suspicion ?? error)),
        })
      })
      .catch(fail)
    return {
      send: (type, data, messageId) => link?.send(type, data, messageId),
      end(isDead) {
        isOver = true
        link?.end(isDead)
      },
    }
  }
}

/**
 * Whether the browser lets the page reach a URL.
 * @returns what it may mean when the attempt fails; null = nothing special
 * @throws RTB_CLIENT_MIXED_CONTENT RTB_CLIENT_LOCAL_NETWORK
 */
async function checkReach(
  { protocol, hostname, host }: URL,
  { platform: { location: page, navigator } }: Reach,
): Promise<ClientError | null> {
  if (page?.protocol !== 'https:') return null
  if (protocol === 'ws:' && !loopback.test(hostname)) throw wholeClientError('RTB_CLIENT_MIXED_CONTENT', host)
  if (local.test(page.hostname) || !local.test(hostname)) return null
  // Browsers without this permission do not know its name, and reject.
  const state = await navigator?.permissions?.query({ name: 'local-network-access' }).then(
    permission => permission.state,
    () => null,
  )
  const error = wholeClientError('RTB_CLIENT_LOCAL_NETWORK', host)
  if (state === 'denied') throw error
  return state === 'prompt' ? error : null
}
