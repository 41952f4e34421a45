import { BlockList, isIP } from 'node:net'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import { rtbridgeError } from '../domain/errors/registry.ts'

/** A network that this machine is in, as multicast DNS uses it. */
export interface Network {
  /** Of the interface, such as `eth0`. */
  readonly name: string
  /** The IPv4 address that joins the multicast group. */
  readonly address: string
  /** All addresses of the interface that others can use: no loopback, none of a single link. */
  readonly addresses: readonly string[]
  /** With the length of its prefix. */
  readonly subnets: readonly string[]
}

/** A machine with more interfaces than this has virtual ones, for containers; each costs a socket. */
const maxNetworks = 16

/**
 * The networks of this machine at this moment. Multicast DNS is spoken over IPv4 here: an interface without an IPv4
 * address is left out.
 * @throws RTB_DISCOVERY_FAILED where the system does not tell (a sandbox without netlink sockets)
 */
export function listNetworks(): readonly Network[] {
  return Object.entries(readInterfaces())
    .flatMap(([name, entries]) => describe(name, entries ?? []))
    .slice(0, maxNetworks)
}

function readInterfaces(): ReturnType<typeof networkInterfaces> {
  try {
    return networkInterfaces()
  } catch (error) {
    const detail = 'the system does not tell which network interfaces there are'
    throw rtbridgeError('RTB_DISCOVERY_FAILED', { detail }, error)
  }
}

function describe(name: string, entries: readonly NetworkInterfaceInfo[]): Network[] {
  const usable = entries.filter(
    ({ internal, family, scopeid }) => !internal && (family === 'IPv4' || (scopeid ?? 0) === 0),
  )
  const [first] = usable.filter(({ family }) => family === 'IPv4')
  if (first === undefined) return []
  const addresses = usable.map(({ address }) => address)
  return [{ name, address: first.address, addresses, subnets: usable.flatMap(({ cidr }) => cidr ?? []) }]
}

/** Which addresses of a network lead to a program that listens on `listening`; `0.0.0.0` and `::` mean all. */
export function reachedAt({ addresses }: Network, listening: string): readonly string[] {
  if (listening === '::') return addresses
  if (listening === '0.0.0.0') return addresses.filter(address => isIP(address) === 4)
  return addresses.filter(address => address === listening)
}

/** Whether only this machine reaches what listens on an address. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address)
}

/** A test whether an address is of one of these networks: who answers from farther away is nobody to be believed. */
export function onLink(networks: readonly Network[]): (address: string) => boolean {
  const list = new BlockList()
  for (const subnet of networks.flatMap(({ subnets }) => subnets)) {
    const [address = '', bits] = subnet.split('/')
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }
  return address => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}
