import { compilePolicies } from '../../access/compiled-policies.ts'
import type { Identity } from '../../access/identity.ts'
import { openIdentity } from '../../access/identity.ts'
import { createPolicyRules } from '../../access/policy-rules.ts'
import type { Event } from '../../domain/event.ts'
import type { Policies } from '../../domain/policy.ts'

/** What a role sees of an event. */
export interface RoleSight {
  /** Null: who has none of the others. */
  readonly role: string | null
  /** `part`: not all columns, or only one side; `depends`: a rule asks who it is (`auth`, the tenant). */
  readonly sees: 'all' | 'part' | 'nothing' | 'depends'
  /** Columns that are hidden of the row after, of a DELETE of the row before. */
  readonly hidden: readonly string[]
}

/**
 * What every role that is named somewhere sees of an event, by the policies and the roles of its rule. Rooms are not looked at.
 * @returns null without policies: then everybody sees everything
 */
export function whoSees(policies: Policies | null, event: Event): readonly RoleSight[] | null {
  if (policies === null) return null
  const compiled = compilePolicies(policies)
  const access = createPolicyRules(policies, () => {})
  const rules = [
    ...(compiled.forTable(event.change.table)?.rules ?? []),
    ...(event.kind === 'table' ? [] : (compiled.forEvent(event.eventType) ?? [])),
  ]
  const named = new Set([...rules.flatMap(({ rule }) => rule.roles ?? []), ...(event.roles ?? [])])
  return [...[...named].sort(), null].map(role => {
    const identity: Identity = { ...openIdentity, roles: role === null ? [] : [role] }
    const nothing: RoleSight = { role, sees: 'nothing', hidden: [] }
    if (event.roles !== null && !event.roles.some(each => each === role)) return nothing
    const sight = access.see(identity, event)
    if (sight === 'all') return { role, sees: 'all', hidden: [] }
    const asks = rules.some(
      ({ rule, where }) =>
        (rule.roles === null || rule.roles.some(each => each === role)) &&
        (rule.tenant !== null || (where?.authReads.length ?? 0) > 0),
    )
    if (asks) return { role, sees: 'depends', hidden: [] }
    if (sight === null) return nothing
    return { role, sees: 'part', hidden: sight.after ?? sight.before ?? [] }
  })
}

/** The same in words. */
export function describeSights(sights: readonly RoleSight[]): string {
  return sights
    .map(({ role, sees, hidden }) => {
      const who = role ?? 'others'
      if (sees === 'depends') return `${who}: depends on who it is`
      if (sees !== 'part') return `${who}: ${sees}`
      return hidden.length === 0 ? `${who}: one side of it` : `${who}: without ${hidden.join(', ')}`
    })
    .join('; ')
}
