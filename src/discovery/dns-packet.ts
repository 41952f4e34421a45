/** The service that hubs announce. @see https://www.rfc-editor.org/rfc/rfc6763#section-4 */
export const serviceType = '_rtbridge._tcp.local'

/** A record that we send. */
export interface DnsRecord {
  readonly name: string
  readonly type: 'PTR' | 'SRV' | 'TXT' | 'A' | 'AAAA'
  /** Seconds; 0 takes it back. */
  readonly ttl: number
  /** What others remember of this name and type is to be forgotten. */
  readonly flush?: boolean
  readonly data: unknown
}

/** A packet as it was decoded. Whoever is on the network has written it. */
export interface DnsPacket {
  readonly answers?: readonly ForeignRecord[]
  readonly additionals?: readonly ForeignRecord[]
}

export interface ForeignRecord {
  readonly name?: unknown
  readonly type?: unknown
  readonly ttl?: unknown
  readonly data?: unknown
}
