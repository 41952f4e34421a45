import type { Policies, Policy, PolicyRule, PublishRule } from '../../domain/policy.ts'

/** Who sees what, a line for each rule. */
export function describePolicies(policies: Policies | null): readonly string[] {
  if (policies === null) return ['policies: none, everybody sees everything']
  const unnamed = policies.default === 'allow' ? 'everybody' : 'nobody'
  return [
    `policies: what none of them names is for ${unnamed}`,
    ...policies.tables.flatMap(policy => describePolicy('table', policy)),
    ...policies.events.flatMap(policy => describePolicy('event', policy)),
    ...describePublish(policies.publish),
  ]
}

function describePolicy(kind: string, { name, rules }: Policy): readonly string[] {
  if (rules.every(({ deny }) => deny)) return [`policy of ${kind} ${name}: nobody sees any of it`]
  return rules.map(rule => `policy of ${kind} ${name}: ${describeRule(rule)}`)
}

function describeRule({ deny, roles, where, tenant, hide }: PolicyRule): string {
  const rows = [
    ...(tenant === null ? [] : [`${tenant} is his tenant`]),
    ...(where === null ? [] : [where.replace(/\s+/g, ' ')]),
  ]
  const which = rows.length === 0 ? (deny ? 'nothing' : 'all') : `rows where ${rows.join(' and ')}`
  const columns = hide.length === 0 ? '' : `, without ${hide.join(', ')}`
  const verb = deny && rows.length > 0 ? 'never sees' : 'sees'
  return `${whom(roles)} ${verb} ${which}${columns}`
}

function describePublish(rules: readonly PublishRule[] | null): readonly string[] {
  if (rules === null) return ['custom events: everybody sends everything']
  if (rules.length === 0) return ['custom events: nobody sends any']
  return rules.map(({ deny, roles, events, rooms }) => {
    const to = rooms === null ? 'anybody' : `rooms ${rooms.join(', ')}`
    return `custom events: ${whom(roles)} ${deny ? 'never sends' : 'sends'} ${events?.join(', ') ?? 'all'} to ${to}`
  })
}

function whom(roles: readonly string[] | null): string {
  return roles === null ? 'everybody' : roles.length === 0 ? 'nobody' : roles.join(' or ')
}
