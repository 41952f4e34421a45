import { isIP } from 'node:net'
import * as z from 'zod'
import { maxHubUrlLength, readHubUrl } from '../domain/hub-address.ts'
import type { ValueKind } from './value-kinds.ts'

/** Words that stand for ranges of addresses. */
export const addressWords = ['loopback', 'private', 'link-local', 'any'] as const
/** Words that stand for names of this machine. */
export const hostWords = ['address', 'localhost', 'hostname', 'any'] as const
/** Words that stand for origins. */
export const originWords = ['none', 'same-origin', 'loopback', 'any'] as const

/** An address, a range in CIDR notation, or a word for ranges. */
export const addressRange = words(
  `an address, a range such as 10.1.0.0/16, or one of ${addressWords.join(', ')}`,
  found => includes(addressWords, found) || isRange(found),
)

/** A host name in lower case, without a port, or a word for names. */
export const exactName = words(
  `a host name in lower case without a port, or one of ${hostWords.join(', ')}`,
  found => includes(hostWords, found) || /^(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/.test(found),
)

/** Where clients find this hub. */
export const hubUrl: ValueKind<string> = {
  expected: `a URL of this hub, ws://host:port or wss://host:port, of at most ${maxHubUrlLength} characters`,
  input: z.string(),
  parse: found => (typeof found === 'string' ? (readHubUrl(found) ?? undefined) : undefined),
}

/** An origin as browsers write it, `null`, or a word for origins. */
export const exactOrigin = words(
  `an origin such as https://app.example (no path, no default port), or one of ${originWords.join(', ')}`,
  found => includes(originWords, found) || found === 'null' || found === 'file://' || isOrigin(found),
)

function words(expected: string, isGood: (found: string) => boolean): ValueKind<string> {
  return {
    expected,
    input: z.string(),
    parse: found => (typeof found === 'string' && isGood(found) ? found : undefined),
  }
}

function includes(known: readonly string[], found: string): boolean {
  return known.includes(found)
}

function isRange(found: string): boolean {
  const [address = '', prefix, ...more] = found.split('/')
  const family = isIP(address)
  if (family === 0 || more.length > 0 || address.includes('%')) return false
  if (prefix === undefined) return true
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128)
}

/** Browsers send it in one form only, so what is written in another would never match. */
function isOrigin(found: string): boolean {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#@*\s]+$/.test(found) || !URL.canParse(found)) return false
  const { protocol, host } = new URL(found)
  return `${protocol}//${host}` === found && !host.endsWith('.')
}
