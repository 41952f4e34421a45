import type { HubMessage } from '../protocol/messages.ts'
import { clientError } from './client-errors.ts'
import type { OpenLink } from './link.ts'
import type { WebSocketConstructor } from './platform-types.ts'

/**
 * Opens links over WebSockets.
 * @param parse reads JSON
 */
export function webSocketTransport(
  WebSocket: WebSocketConstructor,
  parse: (text: string) => unknown,
): OpenLink {
  return (url, listener) => {
    const socket = new WebSocket(url.href)
    let isOver = false
    const whileOpen =
      <Event>(work: (event: Event) => void) =>
      (event: Event) => {
        if (!isOver) work(event)
      }
    socket.onopen = whileOpen(() => listener.opened())
    // `close` follows, and says as much as a browser tells a page.
    socket.onerror = () => {}
    socket.onmessage = whileOpen(({ data }: { data: unknown }) => {
      listener.heard()
      let message: HubMessage
      try {
        message = parse(String(data)) as HubMessage
      } catch (error) {
        listener.failed(clientError('RTB_CLIENT_FRAME', '', error))
        return
      }
      listener.message(message)
    })
    socket.onclose = whileOpen(({ code, reason }: { code: number; reason: string }) => {
      isOver = true
      listener.closed(code, reason)
    })
    return {
      isOneWay: false,
      send: (message_type, data, message_id) =>
        socket.send(JSON.stringify({ message_type, data, message_id })),
      end(isDead) {
        isOver = true
        if (isDead && socket.terminate) socket.terminate()
        else socket.close()
      },
    }
  }
}
