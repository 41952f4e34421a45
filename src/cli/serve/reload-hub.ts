import type { Config } from '../../config/config.ts'
import type { LoadedConfig } from '../../config/load-config.ts'
import { rulesFingerprint } from '../../config/rules-fingerprint.ts'
import type { Daemon } from '../../daemon.ts'
import { rtbridgeError, toRtbridgeError } from '../../domain/errors/registry.ts'
import type { Logger } from '../../logging.ts'
import { settingsToRestart } from './settings-to-restart.ts'

export interface ReloadOptions {
  /** What the hub was started with. */
  readonly started: LoadedConfig
  /** Reads the configuration again. @throws RTB_CONFIG_* */
  readonly load: () => LoadedConfig
  readonly logger: Logger
  /** Told of what is in force now, whose tables may not be captured yet. Does not wait for the database. */
  readonly onTaken: (config: Config) => void
}

/**
 * Takes rules, policies, keys and certificates of the files as they are now into use, without losing a client. What is not
 * good changes nothing: the log and the hub's health say why. Never rejects.
 */
export async function reloadHub(daemon: Daemon, options: ReloadOptions): Promise<void> {
  const { started, logger } = options
  const log = logger.child({ part: 'reload' })
  daemon.reloadCertificate()
  try {
    const loaded = readAgain(options)
    const { config, path, warnings } = loaded
    await daemon.reload(config, loaded)
    daemon.reloadProblem = null
    const events = config.tables.reduce((sum, { events: own }) => sum + own.length, 0)
    const policies = config.policies === null ? 'off' : 'on'
    const about = { path, tables: config.tables.length, events, policies, rules: rulesFingerprint(config) }
    log.info(about, 'rules, policies and keys are in use')
    for (const warning of warnings) log.warn({ warning }, 'probably not meant')
    const settings = settingsToRestart(started.config, config)
    if (settings.length > 0) log.warn({ settings }, 'changed, and in use after a restart only')
    options.onTaken(config)
  } catch (thrown) {
    const error = toRtbridgeError(thrown, 'the reload')
    const problem = rtbridgeError('RTB_CONFIG_RELOAD', { problem: error.message }, error)
    daemon.reloadProblem = problem
    log.error({ err: problem }, 'the reload changed nothing')
  }
}

/** A file that is gone or empty is one that is being written, not the wish to open everything to everybody. */
function readAgain({ started, load }: ReloadOptions): LoadedConfig {
  const loaded = load()
  const { path } = started
  if (path !== null && loaded.path !== path)
    throw rtbridgeError('RTB_CONFIG_RELOAD', { problem: `${path} is gone` })
  if (path !== null && saysNothing(loaded) && !saysNothing(started)) {
    throw rtbridgeError('RTB_CONFIG_RELOAD', { problem: `${path} is empty` })
  }
  return loaded
}

function saysNothing({ config, origins }: LoadedConfig): boolean {
  const { tables, channels, policies, rooms, auth } = config
  const lists = [tables, channels, rooms.rules, auth.keys]
  return (
    policies === null &&
    lists.every(list => list.length === 0) &&
    Object.values(origins).every(({ kind }) => kind !== 'file')
  )
}
