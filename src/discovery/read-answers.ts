import { isIP } from 'node:net'
import type { DnsPacket, ForeignRecord } from './dns-packet.ts'
import { serviceType } from './dns-packet.ts'
import { type HubText, readHubText } from './hub-text.ts'

/** What an answer says of one instance of the service. */
export interface Sighting {
  /** Its name without the service, as it was written. */
  readonly name: string
  /** Where it is; null when the answer does not say. */
  readonly at: {
    readonly host: string | null
    readonly port: number
    readonly addresses: readonly string[]
  } | null
  /** Null when the answer has no TXT record. */
  readonly text: HubText | null
  /** How long it may be believed, seconds; 0 = it says goodbye. */
  readonly ttl: number
}

/** Records of a packet that are looked at. */
const maxRecords = 200
const maxAddresses = 8
/** Nothing is believed for longer, seconds: the time RFC 6762 gives to records without a host name. */
const maxTtl = 4_500
const suffix = `.${serviceType}`

/**
 * What a packet says of hubs. Anybody may have written it: it is bounded, and what a URL is made of is checked.
 * @param from address of the responder
 * @param isNear whether an address is of a network of this machine; default none is
 */
export function readAnswers(
  packet: DnsPacket,
  from: string,
  isNear: (address: string) => boolean = () => false,
): readonly Sighting[] {
  const records = [...(packet.answers ?? []), ...(packet.additionals ?? [])].slice(0, maxRecords)
  const byName = new Map<string, ForeignRecord[]>()
  for (const record of records) {
    const name = instanceOf(record)
    if (typeof name !== 'string' || !isInstance(name)) continue
    const key = name.toLowerCase()
    byName.set(key, [...(byName.get(key) ?? []), { ...record, name }])
  }
  const addressesOf = (target: unknown) => readAddresses(records, target, isNear)
  return [...byName.values()].map(found => readInstance(found, addressesOf, from))
}

function readInstance(
  found: readonly ForeignRecord[],
  addressesOf: (target: unknown) => readonly string[],
  from: string,
): Sighting {
  const name = String(found[0]?.name).slice(0, -suffix.length)
  const ttl = Math.min(maxTtl, ...found.map(ttlOf))
  const text = found.find(({ type }) => type === 'TXT')
  const service = found.find(({ type }) => type === 'SRV')
  return {
    name,
    ttl,
    text: text === undefined ? null : readHubText(text.data),
    at: service === undefined ? null : readPlace(service.data, addressesOf, from),
  }
}

function readPlace(
  data: unknown,
  addressesOf: (target: unknown) => readonly string[],
  from: string,
): Sighting['at'] {
  const { port, target } = (data ?? {}) as { readonly port?: unknown; readonly target?: unknown }
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) return null
  const told = addressesOf(target)
  // The responder is the hub's machine when nothing else is said: multicast DNS does not cross routers.
  const addresses = told.length === 0 ? [from] : told.includes(from) ? [from, ...told] : told
  return { host: isHostName(target) ? target.toLowerCase() : null, port, addresses: unique(addresses) }
}

function readAddresses(
  records: readonly ForeignRecord[],
  target: unknown,
  isNear: (address: string) => boolean,
): readonly string[] {
  return records
    .filter(({ type, name }) => (type === 'A' || type === 'AAAA') && sameName(name, target))
    .map(record => record.data)
    .filter(isUsableAddress)
    .filter(address => isPrivate(address) || isNear(address))
}

function unique(addresses: readonly string[]): readonly string[] {
  return [...new Set(addresses)].slice(0, maxAddresses)
}

function ttlOf({ ttl }: ForeignRecord): number {
  return typeof ttl === 'number' && ttl >= 0 ? ttl : 0
}

function instanceOf({ type, name, data }: ForeignRecord): unknown {
  if (type === 'PTR') return sameName(name, serviceType) ? data : null
  return type === 'SRV' || type === 'TXT' ? name : null
}

/** RFC 6763 section 4.1.1: one label, at most 63 bytes of text without control characters. */
function isInstance(name: string): boolean {
  const label = name.slice(0, -suffix.length)
  return (
    name.toLowerCase().endsWith(suffix) &&
    label !== '' &&
    Buffer.byteLength(label) <= 63 &&
    !/[\p{Cc}\ufffd]/u.test(label)
  )
}

function sameName(a: unknown, b: unknown): boolean {
  return typeof a === 'string' && typeof b === 'string' && a.toLowerCase() === b.toLowerCase()
}

/** An address of this machine, of a group, of nobody or of one link only is none to connect to. */
function isUsableAddress(address: unknown): address is string {
  if (typeof address !== 'string') return false
  if (isIP(address) === 4) return !/^(0|127|22[4-9]|2[3-5]\d)\./.test(address)
  return isIP(address) === 6 && /^(?:[23]|f[cd])[0-9a-f]*:/i.test(address)
}

/** Of an office. Elsewhere in the world is no hub that was found on the local network: nobody is to be sent there. */
function isPrivate(address: string): boolean {
  return isIP(address) === 4
    ? /^(10|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./.test(address)
    : /^f[cd]/i.test(address)
}

function isHostName(name: unknown): name is string {
  return (
    typeof name === 'string' &&
    /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i.test(
      name,
    )
  )
}
