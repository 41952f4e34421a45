import { createHash } from 'node:crypto'
import type { Policies, Policy } from '../domain/policy.ts'
import type { TableRule } from '../domain/rule.ts'
import type { Config } from './config.ts'

/**
 * Names what a configuration makes of changes, in 12 hex digits: the same for the same tables, rules, channels and
 * policies, wherever they stand in the file and however they are written. The order of rules counts, because it decides.
 */
export function rulesFingerprint({
  tables,
  channels,
  policies,
}: Pick<Config, 'tables' | 'channels' | 'policies'>): string {
  const rules = {
    tables: tables.map(withoutPlaces),
    channels: [...channels].sort(),
    ...(policies === null ? {} : { policies: policiesWithoutPlaces(policies) }),
  }
  return createHash('sha256').update(JSON.stringify(rules, inOrder)).digest('hex').slice(0, 12)
}

function withoutPlaces({ location: _, events, ...rule }: TableRule): object {
  return { ...rule, events: events.map(({ location, locations, ...event }) => event) }
}

function policiesWithoutPlaces({ tables, events, ...rest }: Policies): object {
  const plain = ({ name, rules }: Policy) => ({
    name,
    rules: rules.map(({ location, whereLocation, ...rule }) => rule),
  })
  return { ...rest, tables: tables.map(plain), events: events.map(plain) }
}

/** Puts the keys of an object in order. */
function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
