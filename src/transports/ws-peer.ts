import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { type Peer, pieceBytes, type Wire } from '../hub/connections/peer.ts'

/**
 * A WebSocket as the hub's peer. What is sent to it in one go (an answer and what follows it) is handed to the system in
 * one call.
 */
export class WebSocketPeer implements Peer {
  readonly remoteAddress: string
  readonly #socket: WebSocket
  readonly #stream: Duplex
  #isCollecting = false

  /**
   * @param socket the open WebSocket
   * @param stream the connection under it: its buffer tells how much the client has not taken
   * @param remoteAddress where it came from
   */
  constructor(socket: WebSocket, stream: Duplex, remoteAddress: string) {
    this.#socket = socket
    this.#stream = stream
    this.remoteAddress = remoteAddress
  }

  get wire(): Wire {
    return 'web-socket'
  }

  get bufferedBytes(): number {
    return this.#stream.writableLength
  }

  send(frames: Buffer, isLast: boolean): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    if (!isLast && !this.#isCollecting) {
      this.#isCollecting = true
      this.#stream.cork()
      process.nextTick(flush, this)
    }
    // Past ws, which would make a head for every client: nothing is compressed here, so what it sends itself keeps its order.
    this.#stream.write(frames)
    if (isLast || this.#stream.writableLength >= pieceBytes) this.flush()
  }

  onDrain(listener: () => void): void {
    this.#stream.on('drain', listener)
  }

  close(code: number, reason: string): void {
    this.flush()
    // A close frame has room for 123 bytes of reason; all reasons are short plain ASCII, so characters are bytes.
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.close(code, reason.slice(0, 123))
  }

  terminate(): void {
    // The system sends what it has; what is still here would be dropped.
    this.flush()
    this.#socket.terminate()
  }

  /** Gives the system what was collected. */
  flush(): void {
    if (!this.#isCollecting) return
    this.#isCollecting = false
    this.#stream.uncork()
  }
}

function flush(peer: WebSocketPeer): void {
  peer.flush()
}
