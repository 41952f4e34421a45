import { BlockList, isIP } from 'node:net'

const ranges: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  // RFC 1918, and the unique local addresses of RFC 4193.
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
  'link-local': ['169.254.0.0/16', 'fe80::/10'],
  any: ['0.0.0.0/0', '::/0'],
}

/**
 * An address as lists and counters know it: an IPv4 address that came in IPv6 clothes (`::ffff:10.1.2.3`, RFC 4291 section
 * 2.5.5.2) is an IPv4 address, and the interface of a link-local one (`fe80::1%eth0`) is left out.
 */
export function normalAddress(address: string): string {
  const [bare = ''] = address.toLowerCase().split('%', 1)
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1]
  return mapped !== undefined && isIP(mapped) === 4 ? mapped : bare
}

/**
 * What limits per address count as one: an IPv6 host has a whole /64 to itself.
 * @param address as {@link normalAddress} gives it
 */
export function countedAddress(address: string): string {
  if (isIP(address) !== 6) return address
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  return `${[...left, ...new Array<string>(zeros).fill('0'), ...right].slice(0, 4).join(':')}::/64`
}

/**
 * A test for addresses.
 * @param entries addresses, ranges in CIDR notation, and the words `loopback`, `private`, `link-local`, `any`
 * @returns true for an address, as {@link normalAddress} gives it, of one of them
 */
export function createAddressList(entries: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const range of entries.flatMap(entry => ranges[entry] ?? [entry])) {
    const [address = '', prefix] = range.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return address => {
    const version = isIP(address)
    return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4')
  }
}
