import type { JwtSettings } from '../../domain/auth-settings.ts'
import type { Identity } from '../identity.ts'
import { refusal } from '../refusal.ts'

/** What a token says, checked. */
export type Claims = Readonly<Record<string, unknown>>

const maxNameLength = 200
const maxRoles = 100

/**
 * Makes an identity of what a token says.
 * @throws RTB_AUTH_INVALID when the claims are there and not what they should be: a role that is dropped could be the one
 * that something is denied to
 */
export function mapClaims(
  claims: Claims,
  settings: Pick<JwtSettings, 'claims' | 'clockToleranceMs'>,
): Identity {
  const names = settings.claims
  const user = nameOf(claimAt(claims, names.user), `the claim for the user (${names.user})`)
  if (user === null) throw refusal('RTB_AUTH_INVALID', `there is no claim ${names.user} for the user`)
  const id = nameOf(claims['jti'], 'the claim `jti`')
  return {
    user,
    roles: rolesOf(claimAt(claims, names.roles), names.roles),
    tenant:
      names.tenant === null
        ? null
        : nameOf(claimAt(claims, names.tenant), `the claim for the tenant (${names.tenant})`),
    claims: Object.fromEntries(Object.entries(claims).filter(([, claim]) => isExact(claim))),
    expiresAt: endOf(claims, settings.clockToleranceMs),
    credential: id === null ? null : `jwt:${id}`,
  }
}

/** False for what holds a number of which the last digits are lost: a condition must not take it for another. */
function isExact(claim: unknown): boolean {
  if (typeof claim === 'number') return !Number.isInteger(claim) || Number.isSafeInteger(claim)
  return typeof claim !== 'object' || claim === null || Object.values(claim).every(isExact)
}

/** The last moment that a date can name, ms since the epoch. */
const lastMoment = 8_640_000_000_000_000

function endOf({ exp }: Claims, clockToleranceMs: number): number | null {
  if (typeof exp !== 'number') return null
  const end = exp * 1_000 + clockToleranceMs
  if (Math.abs(end) > lastMoment) throw refusal('RTB_AUTH_INVALID', 'the claim `exp` is no moment')
  return end
}

/** The claim of that name, `https://example.com/roles`, else what the path leads to, `realm_access.roles`. */
function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path]
  let found: unknown = claims
  for (const name of path.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined
    found = (found as Claims)[name]
  }
  return found
}

function nameOf(found: unknown, what: string): string | null {
  if (found === undefined || found === null) return null
  // Of a larger number the last digits are lost: it would be the name of somebody else.
  if (!isExact(found)) {
    throw refusal('RTB_AUTH_INVALID', `${what} is a number of too many digits: it has to be a text`)
  }
  const name = typeof found === 'number' ? String(found) : found
  if (!isName(name)) {
    throw refusal(
      'RTB_AUTH_INVALID',
      `${what} is no text of 1 to ${maxNameLength} characters without control characters`,
    )
  }
  return name
}

/** A list, or one text with spaces between the roles, as RFC 8693 §4.2 writes scopes. */
function rolesOf(found: unknown, name: string): readonly string[] {
  if (found === undefined || found === null) return []
  const roles: unknown = typeof found === 'string' ? found.split(/\s+/).filter(role => role !== '') : found
  if (!Array.isArray(roles) || roles.length > maxRoles || !roles.every(isName)) {
    throw refusal(
      'RTB_AUTH_INVALID',
      `the claim for the roles (${name}) is no list of at most ${maxRoles} names`,
    )
  }
  return roles
}

/** What cannot be stored, or would break a line of a log, could not be revoked by its name either. */
function isName(found: unknown): found is string {
  return typeof found === 'string' && found !== '' && found.length <= maxNameLength && !/\p{Cc}/u.test(found)
}
