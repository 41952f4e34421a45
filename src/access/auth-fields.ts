import type { Value } from '../expressions/decode-value.ts'
import { toValue } from '../expressions/to-value.ts'
import type { Identity } from './identity.ts'

/** Fields of `auth` that no claim of a token can take the place of. */
const own = ['sub', 'user', 'roles', 'tenant']

/**
 * What conditions call `auth`: `sub` and `user` (the same), `roles`, `tenant`, and the claims of the token. What there is not
 * is left out instead of being null, so that `new.owner == auth.sub` cannot hold for a row without an owner.
 */
export function authFields({ user, roles, tenant, claims }: Identity): ReadonlyMap<string, unknown> {
  const fields = new Map(Object.entries(claims).filter(([name]) => !own.includes(name)))
  fields.set('roles', roles)
  if (user !== null) fields.set('sub', user).set('user', user)
  if (tenant !== null) fields.set('tenant', tenant)
  return fields
}

/** The fields as conditions see them; what JSON cannot express is left out. */
export function authValue(fields: ReadonlyMap<string, unknown>): Value {
  const value = new Map<string, Value>()
  for (const [name, field] of fields) if (field !== undefined) value.set(name, toValue(field))
  return value
}

/**
 * The values of some fields as text, the same for the same values.
 * @param reads `auth.sub`, or `auth` alone for all of them
 */
export function authKey(fields: ReadonlyMap<string, unknown>, reads: readonly string[]): string {
  const everything = reads.includes('auth')
  const read = [...fields].filter(([name]) => everything || reads.includes(`auth.${name}`))
  return JSON.stringify(read.sort(([a], [b]) => (a < b ? -1 : 1)))
}
