import type { Config } from '../../config/config.ts'
import { RtbridgeError } from '../../domain/errors/registry.ts'
import { checkSchema } from '../../install/check-schema.ts'
import { withSession } from '../context.ts'

/** What no waiting makes better: an administrator has to act first. */
const final: readonly string[] = [
  'RTB_INSTALL_MISSING',
  'RTB_INSTALL_OUTDATED',
  'RTB_INSTALL_NEWER',
  'RTB_DATABASE_PERMISSION',
]

/**
 * Asks the database once, at the start, whether a hub can work with it. A database that does not answer is not an
 * error: the hub waits for it.
 *
 * @returns why the database cannot be reached yet; null when it can
 * @throws RTB_INSTALL_MISSING, RTB_INSTALL_OUTDATED, RTB_INSTALL_NEWER, RTB_DATABASE_PERMISSION
 */
export async function checkInstalled(config: Pick<Config, 'database'>): Promise<RtbridgeError | null> {
  try {
    await withSession(config, session => checkSchema(session))
    return null
  } catch (error) {
    if (!(error instanceof RtbridgeError) || final.includes(error.code)) throw error
    return error
  }
}
