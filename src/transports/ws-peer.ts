import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Peer } from '../hub/connections/peer.ts'

/** So much is collected at most before it is handed to the system, bytes: below what counts as a client that lags. */
const collectedBytes = 32 * 1_024

/**
 * A WebSocket as the hub's peer. What is sent to it in one go (the frames of a batch, an answer and what follows it) is
 * handed to the system in one call: with a call for each frame, the calls would be most of a hub's work.
 *
 * @param socket the open WebSocket
 * @param stream the connection under it: its buffer tells how much the client has not taken
 * @param remoteAddress where it came from
 */
export function createWebSocketPeer(socket: WebSocket, stream: Duplex, remoteAddress: string): Peer {
  let isCollecting = false
  const handOver = () => {
    if (!isCollecting) return
    isCollecting = false
    stream.uncork()
  }
  return {
    remoteAddress,
    wire: 'json',
    get bufferedBytes() {
      return stream.writableLength
    },
    send(frame) {
      if (socket.readyState !== socket.OPEN) return
      if (!isCollecting) {
        isCollecting = true
        stream.cork()
        process.nextTick(handOver)
      }
      // A failed write ends in the socket's own close event; the callback keeps ws from throwing.
      socket.send(frame, { binary: false, compress: false }, () => {})
      if (stream.writableLength >= collectedBytes) handOver()
    },
    onDrain(listener) {
      stream.on('drain', listener)
    },
    close(code, reason) {
      handOver()
      // A close frame has room for 123 bytes of reason; all reasons are short plain ASCII, so characters are bytes.
      if (socket.readyState === socket.OPEN) socket.close(code, reason.slice(0, 123))
    },
    terminate() {
      // The system sends what it has; what is still here would be dropped.
      handOver()
      socket.terminate()
    },
  }
}
