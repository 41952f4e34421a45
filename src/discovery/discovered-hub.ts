import { isIP } from 'node:net'
import { rtbridgeError } from '../domain/errors/registry.ts'
import { formatFingerprint } from './hub-text.ts'
import type { Sighting } from './read-answers.ts'

/**
 * A hub that was heard of on the local network. Anybody there can announce anything: who it is, only its certificate
 * or the token it takes can tell.
 */
export interface DiscoveredHub {
  /** `ws://…` or `wss://…`, with the first of its addresses. */
  readonly url: string
  /** Name of the announcement. */
  readonly name: string
  /** Name of the machine in multicast DNS, such as `office.local`; null when it has none that can be used. */
  readonly host: string | null
  readonly port: number
  /** At least one, the one that answered first. */
  readonly addresses: readonly string[]
  readonly tls: boolean
  /** SHA-256 of the certificate, `AB:CD:…`; null without TLS. */
  readonly fingerprint: string | null
  /** Of the program. */
  readonly version: string | null
  /** Version of the protocol. */
  readonly protocol: number | null
  /** Another one after each start of the hub; null when something else announces for it, such as Avahi. */
  readonly hubId: string | null
  /** Names the history of its database, 8 hex digits: hubs with the same are of one database. Null until known. */
  readonly incarnation: string | null
}

/** Which hubs are wanted; what is left out does not matter. */
export interface HubFilter {
  /** Hubs of this database only. */
  readonly incarnation?: string | undefined
  /** Hubs that announce this certificate only: SHA-256 in hex, with colons or without. Implies TLS. */
  readonly fingerprint?: string | undefined
  /** `true`: hubs with TLS only. */
  readonly tls?: boolean | undefined
}

/** A hub as it is told to apps; null when it is not known where it is. */
export function describeHub({ name, at, text }: Omit<Sighting, 'ttl'>): DiscoveredHub | null {
  const [address] = at?.addresses ?? []
  if (at === null || address === undefined) return null
  const tls = text?.tls ?? false
  const host = isIP(address) === 6 ? `[${address}]` : address
  return {
    url: `${tls ? 'wss' : 'ws'}://${host}:${at.port}${text?.path ?? '/'}`,
    name,
    ...at,
    tls,
    fingerprint: text?.fingerprint ?? null,
    version: text?.version ?? null,
    protocol: text?.protocol ?? null,
    hubId: text?.hubId ?? null,
    incarnation: text?.incarnation ?? null,
  }
}

/** A pinned fingerprint, as hubs show theirs. @throws RTB_DISCOVERY_FINGERPRINT */
export function formatPin(fingerprint: string): string {
  const pin = formatFingerprint(fingerprint)
  if (pin === null) throw rtbridgeError('RTB_DISCOVERY_FINGERPRINT', {})
  return pin
}
