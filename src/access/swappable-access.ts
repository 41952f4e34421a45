import { createHash } from 'node:crypto'
import type { Policies, Policy } from '../domain/policy.ts'
import type { AccessRules } from './access-rules.ts'
import type { Identity } from './identity.ts'

/** Access rules that can be exchanged as a whole while they are in use. */
export interface SwappableAccess extends AccessRules {
  replace(next: AccessRules): void
}

/** Makes access rules of which the present ones can be exchanged. */
export function createSwappableAccess(first: AccessRules): SwappableAccess {
  let current = first
  return {
    keyOf: identity => current.keyOf(identity),
    see: (identity, event) => current.see(identity, event),
    viewTable: (identity, table) => current.viewTable(identity, table),
    mayPublish: (identity, event) => current.mayPublish(identity, event),
    mayJoin: (identity, room) => current.mayJoin(identity, room),
    roomsOf: identity => current.roomsOf(identity),
    replace: next => {
      current = next
    },
  }
}

/**
 * Puts what the policies say of an identity's roles into its key: the same key under two configurations means the same
 * rights under both, and another one that something may have changed.
 */
export function withRightsInKey(base: AccessRules, policies: Policies | null): AccessRules {
  const known = new WeakMap<Identity, string>()
  return {
    ...base,
    keyOf(identity) {
      const key = known.get(identity) ?? `${base.keyOf(identity)} ${fingerprint(policies, identity)}`
      known.set(identity, key)
      return key
    },
  }
}

function fingerprint(policies: Policies | null, { roles }: Identity): string {
  if (policies === null) return 'open'
  const concerns = ({ roles: meant }: { readonly roles: readonly string[] | null }) =>
    meant === null || meant.some(role => roles.includes(role))
  const applicable = ({ name, rules }: Policy) => [
    name,
    rules.filter(concerns).map(({ location, whereLocation, ...rule }) => rule),
  ]
  const said = [
    policies.default,
    policies.tables.map(applicable),
    policies.events.map(applicable),
    policies.publish?.filter(concerns) ?? null,
  ]
  return createHash('sha256').update(JSON.stringify(said)).digest('base64url').slice(0, 16)
}
