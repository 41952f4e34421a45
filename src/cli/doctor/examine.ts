import type { Config } from '../../config/config.ts'
import type { AdminSession } from '../../database/admin-session.ts'
import { databaseTarget } from '../../database/database-target.ts'
import { readSql } from '../../database/sql-file.ts'
import { toRtbridgeError } from '../../domain/errors/registry.ts'
import { once } from '../../domain/once.ts'
import { type Catalogue, readCatalogue } from '../../install/catalogue.ts'
import { commandDatabase, withSession } from '../context.ts'
import { askHub } from './ask-hub.ts'
import { blindSpotChecks } from './blind-spots.ts'
import { certificateChecks } from './certificate-check.ts'
import {
  type Check,
  type DoctorLimits,
  defaultDoctorLimits,
  type MachineCheck,
  type Place,
  type Sight,
  type World,
} from './check.ts'
import { configurationCheck } from './configuration-check.ts'
import { type Diagnosis, diagnose, failed, skipped } from './diagnose.ts'
import { diskChecks, serverDiskCheck } from './disk-checks.ts'
import { doorbellChecks } from './doorbell-checks.ts'
import { explainDatabaseError } from './explain-database-error.ts'
import { fileModeChecks } from './file-mode-checks.ts'
import { hubChecks } from './hub-checks.ts'
import { installationChecks } from './installation-checks.ts'
import { journalChecks } from './journal-checks.ts'
import { nodeCheck } from './node-check.ts'
import { policyChecks } from './policy-checks.ts'
import { serverChecks } from './server-checks.ts'
import { serviceChecks } from './service-checks.ts'

/** What can be asked without a database. */
const machineChecks: readonly MachineCheck[] = [
  ...certificateChecks,
  ...fileModeChecks,
  ...hubChecks,
  ...serviceChecks,
  ...diskChecks,
]

const databaseChecks: readonly Check[] = [
  ...serverChecks,
  ...installationChecks,
  ...blindSpotChecks,
  ...policyChecks,
  ...journalChecks,
  ...doorbellChecks,
  serverDiskCheck,
]

/** Names of all checks, in order. */
export const checkNames: readonly string[] = [
  nodeCheck.name,
  configurationCheck.name,
  'database',
  ...[...databaseChecks, ...machineChecks].map(({ name }) => name),
]

const nowhere: World = { cwd: process.cwd(), env: {}, path: null, tried: [], warnings: [] }

/** Asks every question. Whatever goes wrong is part of the answer. */
export async function examine(
  config: Config,
  limits: DoctorLimits = defaultDoctorLimits,
  world: World = nowhere,
): Promise<readonly Diagnosis[]> {
  const { self } = world
  const hub = self === undefined ? once(() => askHub(config, world.cwd)) : () => Promise.resolve(self)
  const place: Place = { ...world, config, limits, hub }
  const first = await examineMachine([nodeCheck, configurationCheck], place)
  const database = await examineDatabase(place)
  return [...first, ...database, ...(await examineMachine(machineChecks, place))]
}

/** What can be said when the configuration cannot be used. */
export async function examineWithout(error: unknown): Promise<readonly Diagnosis[]> {
  const [node, configuration, ...others] = checkNames
  return [
    { name: node ?? '', ...(await diagnose(nodeCheck.look)) },
    { name: configuration ?? '', ...failed(error) },
    ...others.map(name => ({ name, ...skipped('the configuration cannot be used') })),
  ]
}

async function examineMachine(checks: readonly MachineCheck[], place: Place): Promise<Diagnosis[]> {
  const diagnoses: Diagnosis[] = []
  for (const { name, look } of checks) diagnoses.push({ name, ...(await diagnose(() => look(place))) })
  return diagnoses
}

/** Longest wait for a lock that somebody holds, and for an answer at all, ms: that there is none is an answer, too. */
const [lockTimeoutMs, answerTimeoutMs] = [2_000, 30_000]

async function examineDatabase(place: Place): Promise<Diagnosis[]> {
  try {
    return await withSession(place.config, session => examineWith(session, place), answerTimeoutMs)
  } catch (error) {
    const notReached = databaseChecks.map(({ name }) => ({
      name,
      ...skipped('the database was not reached'),
    }))
    const fix = explainDatabaseError(
      toRtbridgeError(error, 'doctor'),
      databaseTarget(commandDatabase(place.config)),
    )
    return [{ name: 'database', ...failed(error, fix) }, ...notReached]
  }
}

async function examineWith(session: AdminSession, place: Place): Promise<Diagnosis[]> {
  // A pooler's session is another's next; there the time of the answer is all.
  if (!session.pooled)
    await session.query(`SELECT set_config('lock_timeout', $1, false)`, [String(lockTimeoutMs)])
  const [server = {}] = await session.query(readSql('query/inspect_server.sql'))
  const catalogue: () => Promise<Catalogue> = once(() => readCatalogue(session))
  const sight: Sight = { ...place, session, server, catalogue }
  const diagnoses: Diagnosis[] = [{ name: 'database', state: 'ok', found: 'connected', findings: [] }]
  const [installed] = await session.query(`SELECT to_regclass('rtbridge.retention') IS NOT NULL AS schema`)
  for (const { name, needsSchema, look } of databaseChecks) {
    const outcome =
      needsSchema && installed?.['schema'] !== 't'
        ? skipped('nothing is installed')
        : await diagnose(() => look(sight))
    diagnoses.push({ name, ...outcome })
  }
  return diagnoses
}
