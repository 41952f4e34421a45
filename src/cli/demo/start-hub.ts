import type { Config } from '../../config/config.ts'
import { type Daemon, startDaemon } from '../../daemon.ts'
import { RtbridgeError } from '../../domain/errors/registry.ts'
import type { Logger } from '../../logging.ts'

/** Ports that are tried, one after the other. */
const attempts = 20

/**
 * Starts a hub on the first port that is free, from the wanted one upwards.
 *
 * @param configFor the configuration for a port
 * @throws RTB_HUB_PORT_IN_USE when none of them is free
 */
export async function startHubOnFreePort(
  configFor: (port: number) => Config,
  firstPort: number,
  logger: Logger,
): Promise<Daemon> {
  for (let port = firstPort; ; port++) {
    try {
      return await startDaemon({ config: configFor(port), logger, opensDashboard: true })
    } catch (error) {
      const isTaken = error instanceof RtbridgeError && error.code === 'RTB_HUB_PORT_IN_USE'
      if (!isTaken || port === firstPort + attempts || port === 65_535) throw error
    }
  }
}
