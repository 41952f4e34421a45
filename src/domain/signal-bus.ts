/** The one channel on which the hubs of a database talk to each other. */
export const signalChannel = 'rtbridge_signal'

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
  /** Hands a signal to every hub: to this one at once, whatever becomes of the way to the others. */
  publish(signal: Signal): Promise<void>
  /**
   * Calls `receive` for every signal.
   * @returns ends the subscription
   */
  subscribe(receive: (signal: Signal) => void): () => void
}

/** What a hub tells the others of itself. */
export interface HubAnnouncement {
  readonly hubId: string
  /** Where apps reach it. */
  readonly host: string
  readonly port: number
  /** Fingerprint of its rules: hubs with the same one make the same events. */
  readonly rules: string
  /** Of the program. */
  readonly version: string
  /** RFC 3339, UTC. */
  readonly startedAt: string
  /** Where clients find it; missing when it cannot say so, or is of a version that does not. */
  readonly address?: AnnouncedAddress
}

/** Where clients find a hub, as it says itself. */
export interface AnnouncedAddress {
  /** As `readHubUrl` gives it. */
  readonly url: string
  /** Names the machine: a loopback URL is good there only. */
  readonly machine: string
  /** Shows that a hub of this database says so. */
  readonly proof: string
}

/** Tells hubs of each other; what carries signals carries this, too. */
export interface HubAnnouncer {
  /** Tells the other hubs that this one is there. */
  announce(hub: HubAnnouncement): void
  /** Tells the other hubs that this one ends. */
  farewell(): void
}
