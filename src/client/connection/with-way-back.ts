import { clientError } from '../api/client-errors.ts'
import type { Environment } from '../platform/environment.ts'
import { createTimers } from '../platform/timers.ts'
import type { Link, OpenLink } from './link.ts'

/**
 * A transport that is left for a better one as soon as a hub answers there: the proxy that lets no WebSocket pass may be gone when
 * a desk has been carried to another room. The stream goes on with its cursor, so nothing is lost or comes twice.
 * @param better is looked at from time to time, beside the connection that there is
 * @param retryMs between two looks: at random from half of it to one and a half, because desks that lost their WebSockets
 *   together are not to come back together; 0 = never
 */
export function withWayBack(
  open: OpenLink,
  better: OpenLink,
  environment: Environment,
  retryMs: number,
): OpenLink {
  let isBetterThere = false
  return (url, listener) => {
    if (isBetterThere) {
      // It is the first choice from here on, as long as it carries something.
      isBetterThere = false
      const heard = () => {
        isBetterThere = true
        listener.heard()
      }
      return better(url, { ...listener, heard })
    }
    const timers = createTimers(environment)
    const link = open(url, listener)
    let probe: Link | undefined
    const later = () => timers.later(look, retryMs * (0.5 + environment.random()))
    const look = () => {
      later()
      probe?.end(true)
      probe = better(url, {
        opened: () => probe?.send('ping', {}),
        heard() {},
        closed() {},
        message() {
          isBetterThere = true
          listener.closed(1000, clientError('RTB_CLIENT_CONNECTION_LOST', 'for a WebSocket'))
        },
      })
    }
    if (retryMs > 0) later()
    return {
      send: (...message) => link.send(...message),
      end(isDead) {
        timers.clear()
        probe?.end(true)
        link.end(isDead)
      },
    }
  }
}
