/** What a peer's frames are: JSON messages in both directions, or blocks of an event stream, which only goes out. */
export type Wire = 'json' | 'sse'

/**
 * The other end of a connection, as a transport offers it. None of its methods ever throws, and `send` never reports
 * what the client sent before it returned.
 */
export interface Peer {
  /** Hands over one text frame; the buffer is shared between peers and must not be changed. */
  send(frame: Buffer): void
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

/** The same peer, which takes nothing while `mayLeave` says no. */
export function guardPeer(peer: Peer, mayLeave: () => boolean): Peer {
  return {
    send: frame => {
      if (mayLeave()) peer.send(frame)
    },
    get bufferedBytes() {
      return peer.bufferedBytes
    },
    onDrain: listener => peer.onDrain(listener),
    close: (code, reason) => peer.close(code, reason),
    terminate: () => peer.terminate(),
    remoteAddress: peer.remoteAddress,
    wire: peer.wire,
  }
}
