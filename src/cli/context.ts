import { createTranslator, type Translator } from '../catalogue/translator.ts'
import type { Config } from '../config/config.ts'
import { type LoadedConfig, loadConfig } from '../config/load-config.ts'
import { withCredentials } from '../config/read-credentials.ts'
import type { Flags } from '../config/resolve-settings.ts'
import { type AdminSession, openAdminSession } from '../database/admin-session.ts'
import type { DatabaseOptions } from '../database/connection-settings.ts'
import { toRtbridgeError, withMoreToDo } from '../domain/errors/registry.ts'
import { flagVariables, type Globals, type GlobalValues, readGlobals } from './global-options.ts'
import type { Host } from './host.ts'
import { createOutput, type Output } from './output.ts'

/** What a running command works with. */
export interface CommandContext {
  readonly host: Host
  readonly globals: Globals
  readonly output: Output
  /** Puts answers for people into their language. */
  readonly translator: Translator
}

/** Makes the context of one run. */
export function createContext(host: Host, values: GlobalValues): CommandContext {
  const globals = readGlobals(values, host.env)
  const translator = createTranslator(globals.language)
  return { host, globals, output: createOutput(host, globals), translator }
}

/**
 * Loads the configuration for a command.
 * @param flags settings given on the command line
 * @throws RTB_CONFIG_*
 */
export function loadSettings({ host, globals }: CommandContext, flags: Flags = {}): LoadedConfig {
  const level = globals.logLevel ?? (globals.verbose ? 'debug' : undefined)
  // These are known and no settings: the configuration would call them misspelt.
  const env = Object.fromEntries(
    Object.entries(host.env).filter(([name]) => !flagVariables.some(known => known === name)),
  )
  const loaded = loadConfig({
    flags: { ...flags, 'log.level': level, config: globals.config ?? undefined },
    env: withCredentials(env),
    cwd: host.cwd,
  })
  // PGPASSWORD alone makes an url, too.
  const isNamed = loaded.path !== null || ['flag', 'variable'].includes(loaded.origins['database.url'].kind)
  return isNamed ? loaded : unnamedDatabase(host, loaded)
}

const urlIgnored =
  'there is no configuration file, and only a file can refer to DATABASE_URL: it is not used here; `rtbridge init` writes such a file, RTBRIDGE_DATABASE_URL needs none'

/** A command in the wrong folder goes to whatever database answers on this machine. */
function unnamedDatabase({ env }: Host, loaded: LoadedConfig): LoadedConfig {
  const database = Object.freeze({ ...loaded.config.database, soughtIn: loaded.tried })
  const isIgnored = (env['DATABASE_URL'] ?? '') !== ''
  return {
    ...loaded,
    config: Object.freeze({ ...loaded.config, database }),
    warnings: isIgnored ? [...loaded.warnings, urlIgnored] : loaded.warnings,
  }
}

/** Like {@link loadSettings}, and tells what is probably not meant. */
export function loadSettingsAloud(context: CommandContext, flags: Flags = {}): LoadedConfig {
  const loaded = loadSettings(context, flags)
  for (const warning of loaded.warnings) context.output.warn(warning)
  return loaded
}

/** Sealing a large journal after a restore is the longest statement of a command. */
const answerTimeoutMs = 300_000

/** How commands reach the database. */
export function commandDatabase({ database }: Pick<Config, 'database'>): DatabaseOptions {
  return { url: database.url, connectTimeoutMs: database.connectTimeoutMs, answerTimeoutMs }
}

/**
 * Runs `work` with a session, and closes it.
 * @param patienceMs longest wait for an answer, ms; default that of the longest statement of a command
 * @throws RTB_DATABASE_*
 */
export async function withSession<T>(
  config: Pick<Config, 'database'>,
  work: (session: AdminSession) => Promise<T>,
  patienceMs = answerTimeoutMs,
): Promise<T> {
  const session = await openSession(config, patienceMs)
  try {
    return await work(session)
  } finally {
    await session.close()
  }
}

/** Where no file names the database, that is the likeliest reason that none is reached. */
async function openSession(config: Pick<Config, 'database'>, answerTimeoutMs: number): Promise<AdminSession> {
  try {
    return await openAdminSession({ ...commandDatabase(config), answerTimeoutMs })
  } catch (error) {
    const { soughtIn } = config.database
    if (soughtIn === undefined) throw error
    const more = `there is no configuration file (looked for ${soughtIn.join(', ')}): write one with \`rtbridge init\`, or set RTBRIDGE_DATABASE_URL`
    throw withMoreToDo(toRtbridgeError(error, 'a command'), more)
  }
}
