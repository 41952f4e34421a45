import { createHash } from 'node:crypto'
import type { TableRule } from '../domain/rule.ts'
import type { Config } from './config.ts'

/**
 * Names what a configuration makes of changes, in 12 hex digits: the same for the same tables, rules and channels,
 * wherever they stand in the file and however they are written. The order of rules counts, because it decides.
 */
export function rulesFingerprint({ tables, channels }: Pick<Config, 'tables' | 'channels'>): string {
  const rules = { tables: tables.map(withoutPlaces), channels: [...channels].sort() }
  return createHash('sha256').update(JSON.stringify(rules, inOrder)).digest('hex').slice(0, 12)
}

function withoutPlaces({ location: _, events, ...rule }: TableRule): object {
  return { ...rule, events: events.map(({ location, locations, ...event }) => event) }
}

/** Puts the keys of an object in order. */
function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
