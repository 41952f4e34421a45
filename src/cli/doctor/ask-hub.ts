import type { Config } from '../../config/config.ts'
import { toRtbridgeError } from '../../domain/errors/registry.ts'
import { hubAddress, hubEndpoint } from '../hub-address.ts'
import { type HubStatus, readHubStatus } from '../status/read-status.ts'

/**
 * Asks the hub of a configuration on this machine how it is.
 * @param cwd relative paths start here
 * @returns null when its port is any free one, so that nobody knows it
 */
export async function askHub(config: Config, cwd: string): Promise<HubStatus | null> {
  if (config.hub.port === 0) return null
  try {
    return await readHubStatus(hubEndpoint(config, { cwd }))
  } catch (error) {
    // An authority that cannot be read: what is wrong with the hub's own files is told by other checks.
    const { code, message } = toRtbridgeError(error, 'doctor')
    return { address: hubAddress(config), health: null, problem: `${message} (${code})` }
  }
}
