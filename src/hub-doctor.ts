import type { Config } from './config/config.ts'
import type { LoadedConfig } from './config/load-config.ts'
import type { DaemonStatus } from './operations/daemon-status.ts'
import { shareRuns } from './operations/shared-run.ts'

/** How a configuration came about: the file it is in, where it was looked for, and what in it is probably not meant. */
export type ConfigSource = Pick<LoadedConfig, 'path' | 'tried' | 'warnings'>

export interface HubDoctorOptions {
  /** What is in force now, and where it stands; without that its checks are left out. */
  readonly inForce: () => { readonly config: Config; readonly source: ConfigSource | null }
  readonly status: () => DaemonStatus
  /** `host:port` */
  readonly address: () => string
}

/** A run asks the database some forty questions; whoever asks again sooner gets the same report. */
const keepMs = 5_000

/**
 * The checks of `rtbridge doctor` as the hub itself sees them: by its own user, with its own Node, and without asking itself
 * over the network. One run at a time. They are loaded when somebody asks for the first time.
 */
export function createHubDoctor({ inForce, status, address }: HubDoctorOptions): () => Promise<object> {
  return shareRuns(
    async () => {
      const { examineHub } = await import('./cli/doctor/examine-hub.ts')
      return examineHub({ ...inForce(), self: { address: address(), health: status(), problem: null } })
    },
    { keepMs, now: () => performance.now() },
  )
}
