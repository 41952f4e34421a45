import type { Config } from '../../config/config.ts'
import type { AdminSession } from '../../database/admin-session.ts'
import { readSql } from '../../database/sql-file.ts'
import { toRtbridgeError } from '../../domain/errors/registry.ts'
import { type Catalogue, readCatalogue } from '../../install/catalogue.ts'
import { withSession } from '../context.ts'
import { blindSpotChecks } from './blind-spots.ts'
import { certificateChecks } from './certificate-check.ts'
import {
  type Check,
  type DoctorLimits,
  defaultDoctorLimits,
  type Finding,
  problem,
  type Sight,
} from './check.ts'
import { installationChecks } from './installation-checks.ts'
import { journalChecks } from './journal-checks.ts'
import { policyChecks } from './policy-checks.ts'
import { serverChecks } from './server-checks.ts'

/** A check with its outcome. */
export interface Diagnosis {
  readonly name: string
  readonly state: 'ok' | 'warning' | 'problem' | 'skipped'
  /** What was found, in a sentence. */
  readonly found: string
  readonly findings: readonly Finding[]
}

const checks: readonly Check[] = [
  ...serverChecks,
  ...installationChecks,
  ...blindSpotChecks,
  ...policyChecks,
  ...journalChecks,
  ...certificateChecks,
]

/** Names of all checks, in order. */
export const checkNames: readonly string[] = ['database', ...checks.map(({ name }) => name)]

/** Asks every question. Whatever goes wrong is part of the answer. */
export async function examine(
  config: Config,
  limits: DoctorLimits = defaultDoctorLimits,
): Promise<readonly Diagnosis[]> {
  try {
    return await withSession(config, session => examineWith(session, config, limits))
  } catch (error) {
    const notReached = checks.map(({ name }) => ({ ...skipped('the database was not reached'), name }))
    return [{ name: 'database', ...failed(error) }, ...notReached]
  }
}

async function examineWith(
  session: AdminSession,
  config: Config,
  limits: DoctorLimits,
): Promise<readonly Diagnosis[]> {
  const [server = {}] = await session.query(readSql('query/inspect_server.sql'))
  let read: Promise<Catalogue> | null = null
  const catalogue = () => {
    read ??= readCatalogue(session)
    return read
  }
  const sight: Sight = { session, config, limits, server, catalogue }
  const diagnoses: Diagnosis[] = [{ name: 'database', state: 'ok', found: 'connected', findings: [] }]
  const [installed] = await session.query(`SELECT to_regclass('rtbridge.retention') IS NOT NULL AS schema`)
  for (const check of checks) {
    const outcome =
      check.needsSchema && installed?.['schema'] !== 't'
        ? skipped('nothing is installed')
        : await perform(check, sight)
    diagnoses.push({ name: check.name, ...outcome })
  }
  return diagnoses
}

type Outcome = Omit<Diagnosis, 'name'>

async function perform(check: Check, sight: Sight): Promise<Outcome> {
  try {
    const { found, findings = [], skipped: isSkipped = false } = await check.look(sight)
    if (isSkipped) return skipped(found)
    const state = findings.some(({ level }) => level === 'problem') ? 'problem' : 'warning'
    if (findings.length === 0) return { state: 'ok', found, findings }
    return { state, found: findings.map(({ what }) => what).join('; '), findings }
  } catch (error) {
    return failed(error)
  }
}

function failed(error: unknown): Outcome {
  const { code, message, hint } = toRtbridgeError(error, 'doctor')
  const what = `${message} (${code})`
  return { state: 'problem', found: what, findings: [problem(what, hint.replace(/^run: /, ''))] }
}

function skipped(found: string): Outcome {
  return { state: 'skipped', found, findings: [] }
}
