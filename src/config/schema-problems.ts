import type * as z from 'zod'
import { didYouMean } from '../domain/closest-word.ts'
import { formatLocation } from '../domain/rule.ts'
import { authKeys } from './auth-schema.ts'
import { policyKeys } from './policy-schema.ts'
import { settingKeys } from './settings.ts'
import type { YamlSource } from './yaml-source.ts'

type Issue = z.core.$ZodIssue

/** Values that may hold a password: a message about them does not show them. */
export const secretPaths = /^(database\.url|bus\.url|auth\.jwt\.secret|auth\.keys\.\d+\.hash)$/

/** Turns the issues of a check into sentences with their place: what was found, what is allowed, what was meant. */
export function describeIssues(issues: readonly Issue[], source: YamlSource): string[] {
  return issues.flatMap(issue => describeIssue(issue, source, []))
}

function describeIssue(issue: Issue, source: YamlSource, parent: readonly PropertyKey[]): string[] {
  const path = [...parent, ...issue.path]
  if (issue.code === 'unrecognized_keys') return issue.keys.map(key => describeUnknownKey(key, path, source))
  if (issue.code === 'invalid_union') {
    const branch = closestBranch(issue.errors, valueAt(source.value, path))
    if (branch !== undefined) return branch.flatMap(inner => describeIssue(inner, source, path))
  }
  const found = secretPaths.test(path.join('.'))
    ? 'something else'
    : describeFound(valueAt(source.value, path))
  const where = path.length === 0 ? '' : `${path.join('.')}: `
  return [`${formatLocation(source.locate(path))}: ${where}found ${found}, expected ${expectedOf(issue)}`]
}

function describeUnknownKey(key: string, path: readonly PropertyKey[], source: YamlSource): string {
  const allowed = allowedKeys(path)
  const where = path.length === 0 ? '' : ` in ${path.join('.')}`
  const place = formatLocation(source.locate([...path, key], 'key'))
  return `${place}: unknown key "${key}"${where}${didYouMean(key, allowed)} (allowed: ${allowed.join(', ')})`
}

/** The keys of the map at a path. */
function allowedKeys(path: readonly PropertyKey[]): readonly string[] {
  const [section] = path
  const sections = [...new Set(settingKeys.map(key => key.split('.')[0] ?? ''))]
  if (path.length === 0) return [...sections, 'tables', 'channels', 'policies', 'queries']
  if (section === 'policies') return allowedPolicyKeys(path[1])
  if (section === 'queries') return ['sql', 'role']
  if (section === 'rooms' && path.length > 1) return ['roles', 'when', 'query', 'with']
  if (section === 'auth' && path.length > 1) {
    if (path[1] === 'keys') return authKeys.key
    return path[2] === 'claims' ? authKeys.claims : authKeys.jwt
  }
  if (section !== 'tables') {
    return settingNames(section)
  }
  return path.length === 2
    ? ['channel', 'exclude', 'max_row', 'events']
    : ['on', 'when', 'data', 'rooms', 'roles', 'priority']
}

function settingNames(section: PropertyKey | undefined): readonly string[] {
  const names = settingKeys
    .filter(key => key.startsWith(`${String(section)}.`))
    .map(key => key.split('.')[1] ?? '')
  if (section === 'rooms') return [...names, 'patterns']
  return section === 'auth' ? [...names, ...authKeys.auth] : names
}

function allowedPolicyKeys(part: PropertyKey | undefined): readonly string[] {
  return part === 'tables' || part === 'events' || part === 'publish' ? policyKeys[part] : policyKeys.section
}

/** A list is compared with what a list may hold, anything else with the other form. */
function closestBranch(
  branches: readonly (readonly Issue[])[],
  found: unknown,
): readonly Issue[] | undefined {
  const [list, other] = branches
  return Array.isArray(found) ? list : other
}

function expectedOf(issue: Issue): string {
  if (issue.code !== 'invalid_type') return issue.message
  return issue.expected === 'array' ? 'a list' : 'a map (indented `key: value` lines)'
}

/** A value in a few words. */
export function describeFound(found: unknown): string {
  if (found === null || found === undefined) return 'nothing'
  if (Array.isArray(found)) return 'a list'
  if (typeof found === 'object') return 'a map'
  const shown = JSON.stringify(found) ?? typeof found
  return shown.length > 60 ? `${shown.slice(0, 57)}...` : shown
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined
    at = (at as Record<PropertyKey, unknown>)[step]
  }
  return at
}
