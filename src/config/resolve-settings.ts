import { rtbridgeError } from '../domain/errors/registry.ts'
import { formatLocation } from '../domain/rule.ts'
import { urlFromPostgresEnvironment } from './postgres-environment.ts'
import { describeFound, secretPaths } from './schema-problems.ts'
import type { SettingKey, SettingValue } from './settings.ts'
import { settingKeys, settings, variableOf } from './settings.ts'
import type { ValueKind } from './value-kinds.ts'
import type { YamlSource } from './yaml-source.ts'

/** Where a value comes from: who wins is the order of the kinds. */
export interface Origin {
  readonly kind: 'flag' | 'variable' | 'file' | 'PG*' | 'default'
  /** The variable, `file:line:column`, or the variables of libpq; empty for the rest. */
  readonly detail: string
}

export type Flags = Readonly<Partial<Record<SettingKey, string | number | boolean | undefined>>>
export type Environment = Readonly<Record<string, string | undefined>>

export interface SettingSources {
  readonly flags: Flags
  readonly env: Environment
  readonly file: YamlSource | null
}

export interface ResolvedSettings {
  readonly settingOf: <Key extends SettingKey>(key: Key) => SettingValue<Key>
  readonly origins: Readonly<Record<SettingKey, Origin>>
}

/**
 * Gives every setting its value: flag, then `RTBRIDGE_*`, file, `PG*`, default; the first that is there wins, each
 * on its own.
 * @throws RTB_CONFIG_SETTING for a flag or a variable that is wrong
 */
export function resolveSettings(sources: SettingSources): ResolvedSettings {
  const values = new Map<SettingKey, unknown>()
  const origins: Partial<Record<SettingKey, Origin>> = {}
  for (const key of settingKeys) {
    const { value, origin } = resolveSetting(key, sources)
    values.set(key, value)
    origins[key] = origin
  }
  return {
    settingOf: <Key extends SettingKey>(key: Key) => values.get(key) as SettingValue<Key>,
    origins: origins as Record<SettingKey, Origin>,
  }
}

function resolveSetting(
  key: SettingKey,
  { flags, env, file }: SettingSources,
): { value: unknown; origin: Origin } {
  const flag = flags[key]
  if (flag !== undefined) {
    return { value: parseOutside(key, flag, 'the command line'), origin: { kind: 'flag', detail: '' } }
  }
  const variable = variableOf(key)
  const text = env[variable] ?? ''
  if (text !== '') {
    return { value: parseOutside(key, text, variable), origin: { kind: 'variable', detail: variable } }
  }
  const fromFile = fileValue(file, key)
  if (fromFile !== undefined) {
    const detail = formatLocation(file?.locate(key.split('.')) ?? { file: '', line: 1, column: 1 })
    return { value: kindOf(key).parse(fromFile), origin: { kind: 'file', detail } }
  }
  const postgres = key === 'database.url' ? urlFromPostgresEnvironment(env) : null
  if (postgres !== null) return { value: postgres.url, origin: { kind: 'PG*', detail: postgres.from } }
  return { value: settings[key].fallback, origin: { kind: 'default', detail: '' } }
}

function parseOutside(key: SettingKey, found: string | number | boolean, origin: string): unknown {
  const kind = kindOf(key)
  const value = kind.parse(found)
  if (value !== undefined) return value
  const shown = secretPaths.test(key) ? '' : `${describeFound(found)} of `
  throw rtbridgeError('RTB_CONFIG_SETTING', { origin: `${shown}${origin}`, key, expected: kind.expected })
}

function kindOf(key: SettingKey): ValueKind<unknown> {
  return settings[key].kind
}

function fileValue(file: YamlSource | null, key: SettingKey): unknown {
  const [section = '', name = ''] = key.split('.')
  return memberOf(memberOf(file?.value, section), name)
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Record<string, unknown>)[name]
}
