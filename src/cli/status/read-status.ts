import { readJournalGauges } from '../../capture/journal-gauges.ts'
import type { Config } from '../../config/config.ts'
import { type RtbridgeError, toRtbridgeError } from '../../domain/errors/registry.ts'
import type { JournalGauges } from '../../domain/journal-gauges.ts'
import { readCatalogue } from '../../install/catalogue.ts'
import { checkSchema } from '../../install/check-schema.ts'
import type { DaemonStatus } from '../../operations/daemon-status.ts'
import { fetchJson } from '../../transports/hub-trust.ts'
import { withSession } from '../context.ts'
import type { HubEndpoint } from '../hub-address.ts'
import { describeStep } from '../install/describe-plan.ts'
import { makePlan } from '../install/make-plan.ts'

/** What can be found out about the database; later parts are null when an earlier one failed. */
export interface DatabaseStatus {
  readonly serverVersion: string | null
  readonly database: string | null
  readonly role: string | null
  /** Tables with our triggers. */
  readonly captured: number
  /** What `install-triggers` would do, in words. */
  readonly drift: readonly string[] | null
  readonly journal: JournalGauges | null
  /** What is wrong with the database, the installation or the selection of tables. */
  readonly error: RtbridgeError | null
}

export interface HubStatus {
  readonly address: string
  /** Null when no hub answers there. */
  readonly health: DaemonStatus | null
  readonly problem: string | null
}

const unknown: DatabaseStatus = {
  serverVersion: null,
  database: null,
  role: null,
  captured: 0,
  drift: null,
  journal: null,
  error: null,
}

/** Looks at the database; whatever goes wrong is part of the answer. */
export async function readDatabaseStatus(config: Config): Promise<DatabaseStatus> {
  const found = { ...unknown }
  try {
    await withSession(config, async session => {
      const catalogue = await readCatalogue(session)
      found.serverVersion = catalogue.serverVersion
      found.role = catalogue.role
      found.database = catalogue.database
      found.captured = catalogue.tables.filter(({ triggers }) => triggers.some(isRowTrigger)).length
      await checkSchema(session)
      found.journal = await readJournalGauges(session)
      // Without rules there is nothing to compare with: whatever is captured is served.
      found.drift = config.tables.length === 0 ? [] : makePlan(catalogue, config).steps.map(describeStep)
    })
    return found
  } catch (error) {
    return { ...found, error: toRtbridgeError(error, 'status') }
  }
}

/** A partition may have a TRUNCATE trigger alone; it is captured through the table above it. */
function isRowTrigger({ operation }: { readonly operation: string }): boolean {
  return operation !== 'TRUNCATE'
}

/** A hub on this machine answers at once. */
const answerWithinMs = 3_000

/**
 * Asks a hub how it is.
 * @param token shown to it: a hub on another machine tells only admins
 */
export async function readHubStatus(
  { address, httpUrl, trust }: Pick<HubEndpoint, 'address' | 'httpUrl' | 'trust'>,
  token: string | null = null,
): Promise<HubStatus> {
  try {
    const answer = await fetchJson(`${httpUrl}/health`, { trust, timeoutMs: answerWithinMs, token })
    const health = answer as Partial<DaemonStatus & { code: string; detail: string }> | null
    if (health?.code !== undefined) return { address, health: null, problem: health.detail ?? health.code }
    if (typeof health?.hub_id !== 'string' || health.version !== 1) {
      return { address, health: null, problem: 'another program answers there' }
    }
    return { address, health: health as DaemonStatus, problem: null }
  } catch (error) {
    return { address, health: null, problem: describeFailure(error) }
  }
}

/** Of several addresses that were tried, the first says why. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return `no answer in ${answerWithinMs} ms`
  const [first] = error instanceof AggregateError ? error.errors : [error]
  return first instanceof SyntaxError ? 'another program answers there' : first.message
}
