import type { Config } from '../../config/config.ts'
import type { Logger } from '../../logging.ts'
import { listUninstalled } from './list-uninstalled.ts'

/**
 * Says in the log what `install-triggers` would do for a configuration that came into force. It asks the database beside
 * everything else, because that may not answer, and the next reload may take a key away; one question at a time, and of what came
 * meanwhile only the last.
 */
export function createUninstalledWarning(logger: Logger): (config: Config) => void {
  const log = logger.child({ part: 'reload' })
  let next: Config | null = null
  let isAsking = false
  const ask = async () => {
    isAsking = true
    while (next !== null) {
      const config = next
      next = null
      await warn(config, log)
    }
    isAsking = false
  }
  return config => {
    next = config
    if (!isAsking) void ask()
  }
}

async function warn(config: Config, log: Logger): Promise<void> {
  try {
    const steps = await listUninstalled(config)
    if (steps.length > 0) log.warn({ steps, try: 'rtbridge install-triggers' }, 'not installed as configured')
  } catch (error) {
    log.warn({ err: error }, 'whether everything is installed could not be found out')
  }
}
