import { loadConfig } from '../../src/config/load-config.ts'
import { httpLimits } from '../../src/daemon/front-door.ts'

/** The limits of a hub that nobody configured. */
export const testDoorLimits = httpLimits(loadConfig({ env: {}, cwd: '/' }).config)
