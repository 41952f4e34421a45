import { didYouMean } from '../domain/closest-word.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'
import { formatLocation } from '../domain/rule.ts'
import { signalChannel } from '../domain/signal-bus.ts'
import { buildAuth } from './auth-rules.ts'
import type { Config } from './config.ts'
import { createConfig } from './config.ts'
import type { FileContent } from './file-schema.ts'
import { fileSchema } from './file-schema.ts'
import type { ReadFile } from './find-config-file.ts'
import { findConfigFile } from './find-config-file.ts'
import { buildPolicies } from './policies.ts'
import type { Environment, Flags, Origin } from './resolve-settings.ts'
import { resolveSettings } from './resolve-settings.ts'
import { buildRoomRules } from './room-rules.ts'
import { describeIssues } from './schema-problems.ts'
import type { SettingKey } from './settings.ts'
import { settingKeys, variableOf } from './settings.ts'
import { buildTableRules } from './table-rules.ts'
import type { YamlSource } from './yaml-source.ts'
import { parseYamlSource } from './yaml-source.ts'

export interface LoadOptions {
  /** Values given on the command line, by their path in the file: `{ 'hub.port': '9000' }`. */
  readonly flags?: Flags & { readonly config?: string | undefined }
  readonly env: Environment
  /** Relative paths start here. */
  readonly cwd: string
  /** Default: `node:fs`. */
  readonly readFile?: ReadFile
}

/** A configuration, and where it comes from. */
export interface LoadedConfig {
  /** Frozen, all the way down. */
  readonly config: Config
  readonly origins: Readonly<Record<SettingKey, Origin>>
  /** The file that was used, absolute; null when there was none. */
  readonly path: string | null
  /** Every path that was looked at, in order. */
  readonly tried: readonly string[]
  /** What is allowed and probably not meant, each with its place. */
  readonly warnings: readonly string[]
}

/** Problems shown at once: more do not fit on a screen. */
const maxProblems = 20

/**
 * Finds, reads and checks the configuration. Everything that is wrong in the file is reported at once, with its
 * place. Without a file the defaults hold and there are no tables.
 *
 * @throws RTB_CONFIG_NOT_FOUND, RTB_CONFIG_FORBIDDEN, RTB_CONFIG_UNREADABLE, RTB_CONFIG_SYNTAX, RTB_CONFIG_UNSET, RTB_CONFIG_INVALID,
 * RTB_CONFIG_SETTING
 */
export function loadConfig({ flags = {}, env, cwd, readFile }: LoadOptions): LoadedConfig {
  const found = findConfigFile({
    flag: flags.config,
    variable: env['RTBRIDGE_CONFIG'],
    cwd,
    ...(readFile === undefined ? {} : { readFile }),
  })
  const file = found.path === null ? null : parseYamlSource(found.name, found.bytes, env)
  const content = file === null ? {} : checkContent(file)
  const { settingOf, origins } = resolveSettings({ flags, env, file })
  const rules =
    file === null
      ? { tables: [], problems: [], warnings: [] }
      : buildTableRules(content, file, {
          maxRowBytes: settingOf('journal.max_row'),
          isOpen: (settingOf('auth.mode') ?? 'open') === 'open',
        })
  const auth = buildAuth({
    mode: settingOf('auth.mode'),
    auth: content.auth ?? {},
    source: file,
    path: found.path,
  })
  const policies =
    file === null
      ? { policies: null, problems: [], warnings: [] }
      : buildPolicies(content.policies, file, rules.tables)
  const channelProblems = file === null ? [] : checkChannels(content, file)
  const rooms = file === null ? { rules: [], problems: [] } : buildRoomRules(content, file)
  const problems = [rules, auth, policies, rooms].flatMap(part => part.problems).concat(channelProblems)
  if (problems.length > 0) throw invalid(problems)
  const config = createConfig(settingOf, {
    tables: rules.tables,
    channels: channelsOf(content),
    auth: { keys: auth.keys, jwt: auth.jwt },
    policies: policies.policies,
    rooms: rooms.rules,
  })
  return {
    config: freeze(config),
    origins,
    path: found.path,
    tried: found.tried,
    warnings: [...rules.warnings, ...auth.warnings, ...policies.warnings, ...unknownVariables(env)],
  }
}

function checkContent(file: YamlSource): FileContent {
  if (file.value === null || file.value === undefined) return {}
  const result = fileSchema.safeParse(file.value)
  if (!result.success) throw invalid(describeIssues(result.error.issues, file))
  return file.value
}

function invalid(problems: readonly string[]) {
  const more = problems.length - maxProblems
  const shown = more > 0 ? [...problems.slice(0, maxProblems), `and ${more} more`] : problems
  return rtbridgeError('RTB_CONFIG_INVALID', { problems: shown })
}

function channelsOf({ channels }: FileContent): readonly string[] {
  if (channels === undefined || channels === null) return []
  return typeof channels === 'string' ? [channels] : channels
}

/** Our own channels: bridging them would make events of every ring, and of every signal a second one. */
const ownChannels: Readonly<Record<string, string>> = {
  rtbridge: "rtbridge's own doorbell",
  rtbridge_revoked: 'what tells hubs of revoked tokens',
  [signalChannel]: "what rtbridge's hubs talk to each other on",
}

function checkChannels(content: FileContent, file: YamlSource): string[] {
  return channelsOf(content).flatMap((channel, index) => {
    const own = ownChannels[channel]
    if (own === undefined) return []
    const location = file.locate(Array.isArray(content.channels) ? ['channels', index] : ['channels'])
    return [`${formatLocation(location)}: the channel "${channel}" is ${own} and cannot be bridged`]
  })
}

/** A misspelt variable would be silently without effect. */
function unknownVariables(env: Environment): string[] {
  const known = ['RTBRIDGE_CONFIG', ...settingKeys.map(variableOf)]
  return Object.keys(env)
    .filter(
      name => name.startsWith('RTBRIDGE_') && !name.startsWith('RTBRIDGE_TEST_') && !known.includes(name),
    )
    .map(name => `the variable ${name} is not one of rtbridge's and has no effect${didYouMean(name, known)}`)
}

function freeze<Part>(part: Part): Part {
  if (typeof part !== 'object' || part === null || Object.isFrozen(part)) return part
  for (const member of Object.values(part)) freeze(member)
  return Object.freeze(part)
}
