/** An event without a row, from one app to the others: typing, presence, "I am editing this". */
export interface Signal {
  readonly eventId: string
  readonly eventType: string
  /** JSON text. */
  readonly data: string
  /** Only to members of this room; null = to everyone. */
  readonly room: string | null
  /** The sender's `client_id`. */
  readonly origin: string
  /** The sender's connection, unique among all hubs: it alone does not get its own signal back. */
  readonly connectionId: string
  /** RFC 3339, UTC. */
  readonly at: string
}

/** Carries signals between the hubs of a database, at most once and in the order of each sender. */
export interface SignalBus {
  /** Hands a signal to every hub, this one included. */
  publish(signal: Signal): Promise<void>
  /**
   * Calls `receive` for every signal.
   * @returns ends the subscription
   */
  subscribe(receive: (signal: Signal) => void): () => void
}

/** A bus for one hub: what is published arrives before `publish` returns. */
export function createLocalSignalBus(): SignalBus {
  const receivers = new Set<(signal: Signal) => void>()
  return {
    async publish(signal) {
      for (const receive of receivers) receive(signal)
    },
    subscribe(receive) {
      receivers.add(receive)
      return () => receivers.delete(receive)
    },
  }
}
