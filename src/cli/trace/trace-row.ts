import type { Config } from '../../config/config.ts'
import type { AdminSession } from '../../database/admin-session.ts'
import type { Change } from '../../domain/change.ts'
import { type RtbridgeError, toRtbridgeError } from '../../domain/errors/registry.ts'
import { readCatalogue } from '../../install/catalogue.ts'
import { checkSchema } from '../../install/check-schema.ts'
import { compileRules } from '../../mapping/rule-set.ts'
import { findTable } from '../changes/find-table.ts'
import { type TestedChange, testChange } from '../rules/test-change.ts'
import { type AskHubOptions, askHub, type HubLook } from './ask-hub.ts'
import { lookAtClients } from './look-at-clients.ts'
import { lookAtHub } from './look-at-hub.ts'
import { lookAtJournal } from './look-at-journal.ts'
import { lookAtRules } from './look-at-rules.ts'
import { lookAtTable } from './look-at-table.ts'
import { judgeSteps, step, type TraceStep, type Verdict } from './trace-step.ts'

const command = 'rtbridge trace'

export interface TraceTarget {
  readonly table: string
  /** As typed. */
  readonly key: readonly string[]
  /** The event that was missed; null: any. */
  readonly event: string | null
  /** How many changes of the row are shown. */
  readonly limit: number
  readonly hub: AskHubOptions
}

/** Everything that was seen of a row's newest change. */
export interface Trace {
  readonly verdict: Verdict
  readonly steps: readonly TraceStep[]
  readonly table: { readonly schema: string; readonly name: string }
  /** A text for each column of the key, as events print it; null when it was not come to. */
  readonly key: readonly string[] | null
  /** The transaction that wrote the row last, the lower half of its id; null without a row. */
  readonly xmin: string | null
  /** Newest first. */
  readonly changes: readonly Change[]
  readonly tested: TestedChange | null
  readonly hub: HubLook | null
}

/**
 * Follows the newest change of a row from its trigger to the clients.
 * @throws RTB_COMMAND_USAGE RTB_DATABASE_*
 */
export async function traceRow(session: AdminSession, config: Config, target: TraceTarget): Promise<Trace> {
  const catalogue = await readCatalogue(session)
  const table = findTable(target.table, catalogue.tables, command)
  const missing = await schemaProblem(session)
  if (missing !== null) {
    const { message, code, hint } = missing
    return untraced(table, step('table', 'dropped', `${message} (${code})`, { hint }))
  }
  const rules = compileRules(config.tables)
  const { captured, steps: tableSteps } = lookAtTable(table, { catalogue, rules, config })
  const registered = catalogue.registrations.find(({ relation }) => relation === captured.oid)
  const rule = rules.forTable(captured).rule
  const excluded = [...new Set([...(rule?.exclude ?? []), ...(registered?.excluded ?? [])])]
  const {
    found,
    row,
    steps: journalSteps,
  } = await lookAtJournal(session, {
    table: captured,
    given: target.key,
    excluded,
    limit: target.limit,
    command,
  })
  const isCaught = journalSteps[1].state !== 'dropped'
  const newest = isCaught ? (found.changes[0] ?? null) : null
  const hub = await askHub(config, newest, target.hub)
  const options = { rules, policies: config.policies, history: found.history, only: null }
  const tested = newest === null ? null : testChange(newest, options)
  const steps = [
    ...tableSteps.map(each => (newest === null ? each : passed(each))),
    ...journalSteps,
    ...lookAtHub(hub, newest, found.history),
    ...(tested === null
      ? [step('rules', 'skipped', 'there is no change'), step('access', 'skipped', 'there is no change')]
      : lookAtRules(tested, { config, hub, event: target.event })),
    lookAtClients(hub, newest, target.event),
  ]
  const { key, xmin } = row
  return {
    verdict: judgeSteps(steps),
    steps,
    table: captured,
    key,
    xmin,
    changes: found.changes,
    tested,
    hub,
  }
}

/** What is wrong with the table now did not stop a change that is in the journal; it would stop the next one. */
function passed(each: TraceStep): TraceStep {
  return each.state === 'dropped' ? { ...each, state: 'warning' } : each
}

/** What is not installed is an answer; what cannot be asked is not. */
async function schemaProblem(session: AdminSession): Promise<RtbridgeError | null> {
  try {
    await checkSchema(session)
    return null
  } catch (error) {
    const problem = toRtbridgeError(error, 'trace')
    if (problem.code === 'RTB_INSTALL_MISSING') return problem
    throw error
  }
}

function untraced(table: Trace['table'], first: TraceStep): Trace {
  const steps = [first]
  const nothing = { key: null, xmin: null, changes: [], tested: null, hub: null }
  return { verdict: judgeSteps(steps), steps, table, ...nothing }
}
