import { isIP } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { ownNames } from '../../transports/door/host-list.ts'

/** What apps of the local network may call this machine: its names, `localhost`, and all its addresses. */
export function machineNames(): readonly string[] {
  const addresses = Object.values(networkInterfaces())
    .flatMap(entries => entries ?? [])
    // An address of one link comes with the name of an interface, which no other machine knows.
    .filter(({ scopeid, family }) => family === 'IPv4' || (scopeid ?? 0) === 0)
    .map(({ address }) => address)
  return [...new Set([...ownNames(hostname()), 'localhost', '127.0.0.1', '::1', ...addresses])]
}

/**
 * Names given on the command line, in lower case.
 * @throws RTB_CERT_NAME
 */
export function checkNames(names: readonly string[]): readonly string[] {
  return names.map(given => {
    const name = given.toLowerCase()
    const isGood = isIP(name) !== 0 || /^(?=.{1,253}$)(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/.test(name)
    if (!isGood || name.includes('%')) throw rtbridgeError('RTB_CERT_NAME', { name: given })
    return name
  })
}
