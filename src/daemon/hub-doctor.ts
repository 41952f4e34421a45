import type { Config } from '../config/config.ts'
import type { LoadedConfig } from '../config/load-config.ts'
import { type DaemonStatus, hubAddress } from '../operations/daemon-status.ts'
import { shareRuns } from '../operations/shared-run.ts'

/** How a configuration came about: the file it is in, where it was looked for, and what in it is probably not meant. */
export type ConfigSource = Pick<LoadedConfig, 'path' | 'tried' | 'warnings'>

export interface HubDoctorOptions {
  /** What is in force now, and where it stands; without that its checks are left out. */
  readonly inForce: () => { readonly config: Config; readonly source: ConfigSource | null }
  readonly status: () => DaemonStatus
  /** Where it listens. */
  readonly port: () => number
}

/** A run asks the database some forty questions; whoever asks again sooner gets the same report. */
const keepMs = 5_000

/**
 * The checks of `rtbridge doctor` as the hub itself sees them: by its own user, with its own Node, and without asking itself
 * over the network. One run at a time. They are loaded when somebody asks for the first time.
 */
export function createHubDoctor({ inForce, status, port }: HubDoctorOptions): () => Promise<object> {
  return shareRuns(
    async () => {
      const { examineHub } = await import('../cli/doctor/examine-hub.ts')
      const { config, source } = inForce()
      // The port it has, whatever the file says by now: 0 in it means any.
      const hub = { ...config.hub, port: port() }
      const self = { address: hubAddress(hub), health: status(), problem: null }
      return examineHub({ config: { ...config, hub }, source, self })
    },
    { keepMs, now: () => performance.now() },
  )
}
