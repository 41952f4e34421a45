import { isIP } from 'node:net'
import type { DnsRecord } from './dns-packet.ts'
import { serviceType } from './dns-packet.ts'
import { type HubText, writeHubText } from './hub-text.ts'

/** What of a hub is announced. */
export interface AnnouncedHub {
  /** Of this machine, `desk` or `desk.example`. */
  readonly hostname: string
  readonly port: number
  readonly hubId: string
  readonly text: HubText
}

/**
 * How long others may believe a record, seconds. Goodbyes get lost and machines lose power: a hub that is gone is
 * forgotten after this. RFC 6762 has it for host names; a hub is of no use longer than its host.
 */
const ttl = 120
/** Longest label of a name, bytes: RFC 1035. */
const maxLabel = 63

/**
 * The name of an announcement: host, port and the beginning of the hub's id, at most 63 bytes. With the id it is nobody
 * else's, so that nothing has to be asked before, and two machines that are both called `localhost` do not quarrel.
 */
export function instanceName({ hostname, port, hubId }: Omit<AnnouncedHub, 'text'>): string {
  const rest = `-${port}-${hubId.replace(/[^0-9a-z]/gi, '').slice(0, 6)}`
  return hostLabel(hostname).slice(0, maxLabel - rest.length) + rest
}

/** What multicast DNS calls this machine. */
export function hostName(hostname: string): string {
  return `${hostLabel(hostname)}.local`
}

function hostLabel(hostname: string): string {
  const [first = ''] = hostname.split('.')
  const label = first.replace(/[^0-9a-z-]/gi, '-').slice(0, maxLabel)
  return label.replace(/^-+|-+$/g, '') || 'rtbridge'
}

/**
 * The records of a hub: where its service is, what it tells, and the addresses of its host.
 * @param addresses of the network that hears it
 * @see https://www.rfc-editor.org/rfc/rfc6763
 */
export function hubRecords(hub: AnnouncedHub, addresses: readonly string[]): readonly DnsRecord[] {
  const name = `${instanceName(hub)}.${serviceType}`
  const target = hostName(hub.hostname)
  const text = writeHubText(hub.text).map(string => Buffer.from(string))
  // The host's addresses are not flushed: a responder of the system, such as Avahi, announces the same host.
  return [
    { name: serviceType, type: 'PTR', ttl, data: name },
    { name: '_services._dns-sd._udp.local', type: 'PTR', ttl, data: serviceType },
    { name, type: 'SRV', ttl, flush: true, data: { port: hub.port, target, priority: 0, weight: 0 } },
    { name, type: 'TXT', ttl, flush: true, data: text },
    ...addresses.map(data => ({ name: target, type: isIP(data) === 6 ? 'AAAA' : 'A', ttl, data }) as const),
  ]
}

/**
 * What takes an announcement back. Only what is this hub's alone: neither the addresses of the host nor that there are
 * hubs at all.
 */
export function goodbyeRecords(records: readonly DnsRecord[]): readonly DnsRecord[] {
  return records
    .filter(({ name, type }) => type === 'SRV' || type === 'TXT' || name === serviceType)
    .map(record => ({ ...record, ttl: 0 }))
}
