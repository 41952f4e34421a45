import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import type { AuthMode } from '../domain/auth-settings.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'

/** Who may connect, decided. */
export interface DecidedMode {
  readonly mode: AuthMode
  /** Nothing was written, and the hub is open because only this machine reaches it: say so. */
  readonly assumed: boolean
}

/** Gives the addresses of a host name; empty when there are none. */
export type Resolve = (host: string) => Promise<readonly string[]>

const loopback = listOf(['127.0.0.0', 8], ['::1', 128])
/** RFC 1918, RFC 3927, RFC 4193, RFC 4291. Not 100.64.0.0/10: strangers share it. */
const local = listOf(
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['fc00::', 7],
  ['fe80::', 10],
)
/** All addresses of this machine: the list of allowed networks keeps others out. */
const anyAddress = ['0.0.0.0', '::']

/**
 * Decides how clients prove who they are. An open hub has to be wanted: when nothing is written, only this machine may
 * reach it, and what is written as open may not be reached from everywhere.
 *
 * @param mode as configured; null = nothing was written
 * @param host address or name the hub listens on
 * @throws RTB_AUTH_UNDECIDED, RTB_AUTH_OPEN_PUBLIC
 */
export async function decideMode(
  mode: AuthMode | null,
  host: string,
  resolve: Resolve = resolveHost,
): Promise<DecidedMode> {
  if (mode === 'key' || mode === 'jwt') return { mode, assumed: false }
  const addresses = isIP(host.split('%')[0] ?? '') === 0 ? await resolve(host) : [host]
  const areAll = (...lists: readonly BlockList[]) =>
    addresses.length > 0 && addresses.every(address => lists.some(list => isIn(address, list)))
  if (mode === null) {
    if (!areAll(loopback)) throw rtbridgeError('RTB_AUTH_UNDECIDED', { host })
    return { mode: 'open', assumed: true }
  }
  if (!anyAddress.includes(host) && !areAll(loopback, local)) {
    throw rtbridgeError('RTB_AUTH_OPEN_PUBLIC', { host })
  }
  return { mode: 'open', assumed: false }
}

async function resolveHost(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true }).catch(() => [])
  return found.map(({ address }) => address)
}

function listOf(...networks: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList()
  for (const [address, bits] of networks) list.addSubnet(address, bits, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  return list
}

/** An address may name the interface it is for: `fe80::1%eth0`. */
function isIn(address: string, list: BlockList): boolean {
  const [plain = ''] = address.split('%')
  return list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4')
}
