import { BlockList, isIP } from 'node:net'
import { decode, encode } from './der.ts'

/** What a certificate authority may make certificates for. */
export interface PermittedNames {
  /** A name, and every name below it. */
  readonly domains: readonly string[]
  /** Ranges in CIDR notation. */
  readonly ranges: readonly string[]
}

/** Object identifier of the extension. @see https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.10 */
export const nameConstraintsOid = '2.5.29.30'

const sequence = 0x30
/** `permittedSubtrees`, `dNSName` and `iPAddress`: context tags 0, 2 and 7. */
const permittedTag = 0xa0
const dnsTag = 0x82
const addressTag = 0x87

/** Ranges of local networks: a stolen key of the authority cannot pretend to be a site of the internet. */
export const localRanges: readonly string[] = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
]

/** The value of the extension. */
export function encodeNameConstraints({ domains, ranges }: PermittedNames): Uint8Array {
  const subtrees = [
    ...domains.map(domain => encode(sequence, encode(dnsTag, Buffer.from(domain, 'latin1')))),
    ...ranges.map(range => encode(sequence, encode(addressTag, rangeBytes(range)))),
  ]
  return encode(sequence, encode(permittedTag, ...subtrees))
}

/** Reads what {@link encodeNameConstraints} wrote. */
export function decodeNameConstraints(value: Uint8Array): PermittedNames {
  const [whole] = decode(value)
  const [permitted] = decode(whole?.body ?? new Uint8Array())
  const names = decode(permitted?.body ?? new Uint8Array()).flatMap(({ body }) => decode(body))
  return {
    domains: names
      .filter(({ tag }) => tag === dnsTag)
      .map(({ body }) => Buffer.from(body).toString('latin1')),
    ranges: names.filter(({ tag }) => tag === addressTag).map(({ body }) => rangeText(body)),
  }
}

/** Whether a certificate for this name or address is within what is permitted. */
export function isPermitted(name: string, { domains, ranges }: PermittedNames): boolean {
  const version = isIP(name)
  if (version === 0) return domains.some(domain => name === domain || name.endsWith(`.${domain}`))
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/')
    list.addSubnet(address, Number(prefix), isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }
  return list.check(name, version === 6 ? 'ipv6' : 'ipv4')
}

/** Address and mask, four bytes each, or sixteen. */
function rangeBytes(range: string): Uint8Array {
  const [address = '', prefix] = range.split('/')
  const bytes = addressBytes(address)
  const mask = bytes.map((_, index) => {
    const bits = Math.min(8, Math.max(0, Number(prefix) - 8 * index))
    return (0xff << (8 - bits)) & 0xff
  })
  return Buffer.from([...bytes, ...mask])
}

function rangeText(bytes: Uint8Array): string {
  const half = bytes.length / 2
  const address = [...bytes.subarray(0, half)]
  const bits = [...bytes.subarray(half)].reduce(
    (sum, byte) => sum + byte.toString(2).replace(/0/g, '').length,
    0,
  )
  if (half === 4) return `${address.join('.')}/${bits}`
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((address[2 * i] ?? 0) * 256 + (address[2 * i + 1] ?? 0)).toString(16),
  )
  return `${groups.join(':')}/${bits}`
}

function addressBytes(address: string): number[] {
  if (isIP(address) === 4) return address.split('.').map(Number)
  const [head = '', tail] = address.split('::')
  const groups = (text: string) =>
    text === '' ? [] : text.split(':').map(group => Number.parseInt(group, 16))
  const [left, right] = [groups(head), groups(tail ?? '')]
  const zeros = new Array<number>(8 - left.length - right.length).fill(0)
  return [...left, ...zeros, ...right].flatMap(group => [group >> 8, group & 0xff])
}
