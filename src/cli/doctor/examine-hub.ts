import type { Config } from '../../config/config.ts'
import type { LoadedConfig } from '../../config/load-config.ts'
import type { HubStatus } from '../status/read-status.ts'
import { defaultDoctorLimits } from './check.ts'
import { configurationCheck } from './configuration-check.ts'
import { examine } from './examine.ts'
import { reportToJson } from './print-report.ts'
import { listSecrets, redactSecrets } from './secrets.ts'

export interface HubExamination {
  readonly config: Config
  /** Null = it is not known where the configuration stands. */
  readonly source: Pick<LoadedConfig, 'path' | 'tried' | 'warnings'> | null
  /** The hub that asks, as it sees itself. */
  readonly self: HubStatus
}

/** The report of the doctor, for programs, from within a hub. It goes to a browser, so no secret is in it whatever happens. */
export async function examineHub({ config, source, self }: HubExamination): Promise<object> {
  const { env } = process
  const world = { cwd: process.cwd(), env, path: null, tried: [], warnings: [], ...source, self }
  const diagnoses = await examine(config, defaultDoctorLimits, world)
  const known = source === null ? diagnoses.filter(({ name }) => name !== configurationCheck.name) : diagnoses
  const report = { ...reportToJson(known, null), checked_at: new Date().toISOString() }
  return JSON.parse(redactSecrets(report, listSecrets(config, env)))
}
