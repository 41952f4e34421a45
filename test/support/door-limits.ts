import { loadConfig } from '../../src/config/load-config.ts'
import { frontDoorOptions } from '../../src/front-door.ts'

/** The limits of a hub that nobody configured. */
export const testDoorLimits = frontDoorOptions(loadConfig({ env: {}, cwd: '/' }).config).limits
