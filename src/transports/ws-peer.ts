import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Peer } from '../hub/connections/peer.ts'

/**
 * A WebSocket as the hub's peer.
 *
 * @param socket the open WebSocket
 * @param stream the connection under it: its buffer tells how much the client has not taken
 * @param remoteAddress where it came from
 */
export function createWebSocketPeer(socket: WebSocket, stream: Duplex, remoteAddress: string): Peer {
  return {
    remoteAddress,
    wire: 'json',
    get bufferedBytes() {
      return stream.writableLength
    },
    send(frame) {
      if (socket.readyState !== socket.OPEN) return
      // A failed write ends in the socket's own close event; the callback keeps ws from throwing.
      socket.send(frame, { binary: false, compress: false }, () => {})
    },
    onDrain(listener) {
      stream.on('drain', listener)
    },
    close(code, reason) {
      // A close frame has room for 123 bytes of reason; all reasons are short plain ASCII, so characters are bytes.
      if (socket.readyState === socket.OPEN) socket.close(code, reason.slice(0, 123))
    },
    terminate() {
      socket.terminate()
    },
  }
}
