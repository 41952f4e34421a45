import { decideMode } from '../../access/open-hosts.ts'
import { describeConfig, writtenValue } from '../../config/describe-config.ts'
import { configJsonSchema } from '../../config/file-schema.ts'
import type { LoadedConfig } from '../../config/load-config.ts'
import { redactConfig } from '../../config/redact.ts'
import type { Origin } from '../../config/resolve-settings.ts'
import { databaseTarget } from '../../database/database-target.ts'
import { counted } from '../../domain/counted.ts'
import { toRtbridgeError } from '../../domain/errors/registry.ts'
import type { TableRule } from '../../domain/rule.ts'
import { type CommandContext, commandDatabase, loadSettings } from '../context.ts'
import type { Output } from '../output.ts'
import { visibleText } from '../visible-text.ts'
import { describePath } from './describe-path.ts'
import { describePolicies } from './describe-policies.ts'

export async function runCheck(context: CommandContext): Promise<void> {
  const { output } = context
  const loaded = loadSettings(context)
  const { config } = loaded
  const warnings = [...loaded.warnings, ...doubtsAboutDatabase(config), ...(await doubtsAboutMode(config))]
  const events = config.tables.reduce((sum, rule) => sum + rule.events.length, 0)
  for (const warning of warnings) output.warn(visibleText(warning))
  output.print(describePath(loaded))
  output.print(
    `${output.style('green', 'ok:')} ${counted(config.tables.length, 'table')}, ${counted(events, 'rule')}, ${counted(warnings.length, 'warning')}`,
  )
  output.json({
    version: 1,
    path: loaded.path,
    tried: loaded.tried,
    tables: config.tables.length,
    events,
    warnings,
  })
}

/** Whatever answers there would ask for a password, or be another database than is meant. */
function doubtsAboutDatabase(config: LoadedConfig['config']): readonly string[] {
  if (config.database.url !== null) return []
  const { host, port, user, database } = databaseTarget(commandDatabase(config))
  const url = `postgresql://${user === '' ? '' : `${user}@`}${host}:${port}/${database}`
  return [`database.url is not set, nor PGHOST, PGUSER and the like: ${url} would be taken`]
}

/** What is right for every other command, and keeps `serve` from starting. */
async function doubtsAboutMode({ auth, hub }: LoadedConfig['config']): Promise<readonly string[]> {
  try {
    await decideMode(auth.mode, hub.host)
    return []
  } catch (error) {
    const { message } = toRtbridgeError(error, 'config check')
    return [`\`rtbridge serve\` will not start: ${message}; set auth.mode`]
  }
}

export async function runShow(
  context: CommandContext,
  { origin }: { readonly origin?: boolean },
): Promise<void> {
  const { output } = context
  const loaded = loadSettings(context)
  const settings = describeConfig(loaded)
  output.print(describePath(loaded))
  const width = Math.max(...settings.map(({ key }) => key.length))
  for (const setting of settings) {
    const source = origin === true ? `  # ${describeOrigin(setting.origin)}` : ''
    output.print(`${setting.key.padEnd(width)}  ${visibleText(writtenValue(setting))}${source}`)
  }
  for (const { name, roles } of loaded.config.auth.keys) {
    output.print(visibleText(`key ${name}: ${roles.length === 0 ? 'no roles' : `roles ${roles.join(', ')}`}`))
  }
  for (const rule of loaded.config.tables) printRule(rule, output)
  for (const line of describePolicies(loaded.config.policies)) output.print(visibleText(line))
  output.json(showToJson(loaded))
}

function describeOrigin({ kind, detail }: Origin): string {
  if (kind === 'flag') return 'command line'
  return detail === '' ? kind : detail
}

function printRule({ pattern, channel, exclude, events }: TableRule, output: Output): void {
  const parts = [
    ...(channel === null ? [] : [`channel ${channel}`]),
    ...(exclude.length === 0 ? [] : [`without ${exclude.join(', ')}`]),
    events.length === 0 ? 'table events only' : events.map(event => event.eventType).join(', '),
  ]
  output.print(visibleText(`table ${pattern}: ${parts.join('; ')}`))
}

function showToJson(loaded: LoadedConfig): object {
  const { tables, channels, policies, auth } = redactConfig(loaded.config)
  const { keys, jwt } = auth
  return {
    version: 1,
    path: loaded.path,
    settings: describeConfig(loaded),
    auth: { keys, jwt },
    tables,
    channels,
    policies,
  }
}

/** The schema is JSON itself, so `--json` changes nothing. */
export async function runSchema({ output }: CommandContext): Promise<void> {
  output.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`)
}
