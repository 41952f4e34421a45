/** So much goes to a peer in one piece at most, bytes: below what counts as a client that lags. */
export const pieceBytes = 32 * 1_024

/** What goes to a peer: WebSocket frames with a JSON message each, or blocks of an event stream. */
export type Wire = 'web-socket' | 'sse'

/**
 * The other end of a connection, as a transport offers it. None of its methods ever throws, and `send` never reports
 * what the client sent before it returned.
 */
export interface Peer {
  /**
   * Hands over frames of its wire, whole ones; the buffer is shared between peers and must not be changed.
   * @param isLast somebody waits for them and nothing follows in the same go: they need not wait for more
   */
  send(frames: Buffer, isLast: boolean): void
  /** Bytes handed over that the system has not taken yet. */
  readonly bufferedBytes: number
  /**
   * Sets the one listener for "the buffer is empty again". It must be called after every time `bufferedBytes` has
   * been at or above 64 KiB; calling it more often does no harm.
   */
  onDrain(listener: () => void): void
  /** Starts a polite close after what was handed over. */
  close(code: number, reason: string): void
  /** Ends the connection at once and frees what it holds. */
  terminate(): void
  readonly remoteAddress: string
  readonly wire: Wire
}

/** The same peer, which takes nothing while the session says no. */
export class GuardedPeer implements Peer {
  readonly #peer: Peer
  readonly #session: { holds(): boolean }

  constructor(peer: Peer, session: { holds(): boolean }) {
    this.#peer = peer
    this.#session = session
  }

  get remoteAddress(): string {
    return this.#peer.remoteAddress
  }

  get wire(): Wire {
    return this.#peer.wire
  }

  get bufferedBytes(): number {
    return this.#peer.bufferedBytes
  }

  send(frames: Buffer, isLast: boolean): void {
    if (this.#session.holds()) this.#peer.send(frames, isLast)
  }

  onDrain(listener: () => void): void {
    this.#peer.onDrain(listener)
  }

  close(code: number, reason: string): void {
    this.#peer.close(code, reason)
  }

  terminate(): void {
    this.#peer.terminate()
  }
}
