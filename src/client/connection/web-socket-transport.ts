import type { HubMessage } from '../../protocol/messages.ts'
import { clientError } from '../api/client-errors.ts'
import type { WebSocketConstructor } from '../api/platform-types.ts'
import type { OpenLink } from './link.ts'

/**
 * Opens links over WebSockets.
 * @param parse reads JSON
 */
export function webSocketTransport(
  WebSocket: WebSocketConstructor,
  parse: (text: string) => unknown,
): OpenLink {
  /** The code of a WebSocket that got what it cannot take. */
  const unreadable = 1003
  return (url, listener) => {
    const socket = new WebSocket(url.href)
    let isOpen = false
    socket.onopen = () => {
      isOpen = true
      listener.opened()
    }
    // `close` follows, and says as much as a browser tells a page.
    socket.onerror = () => {}
    socket.onmessage = ({ data }: { data: unknown }) => {
      listener.heard()
      try {
        listener.message(parse(`${data}`) as HubMessage)
      } catch (error) {
        // JSON or a message it is not: to go on would be to lose it without a word.
        listener.closed(unreadable, clientError('RTB_CLIENT_FRAME', '', error))
      }
    }
    socket.onclose = ({ code, reason }: { code: number; reason: string }) => {
      const kind = code < 4500 ? (isOpen ? 'CONNECTION_LOST' : 'CONNECT_FAILED') : 'REFUSED'
      listener.closed(code, clientError(`RTB_CLIENT_${kind}`, isOpen ? `${code} ${reason}` : url.host, code))
    }
    return {
      send: (message_type, data, message_id) =>
        socket.send(JSON.stringify({ message_type, data, message_id })),
      end(isDead) {
        socket.onopen = socket.onmessage = socket.onclose = null
        if (isDead && socket.terminate) socket.terminate()
        else socket.close()
      },
    }
  }
}
