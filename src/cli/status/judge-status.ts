import type { Translator } from '../../catalogue/translator.ts'
import { type ExitCode, exitCodeOf, exitCodes } from '../exit-codes.ts'
import type { DatabaseStatus, HubStatus } from './read-status.ts'

/** The answer in a line, and what is wrong, most important first. */
export interface Verdict {
  /** `down` = no events flow; `degraded` = they flow, but something needs attention. */
  readonly state: 'ok' | 'degraded' | 'down'
  readonly summary: string
  readonly problems: readonly { readonly what: string; readonly hint: string }[]
  readonly exitCode: ExitCode
}

/** Judges what was found. The texts of errors are English in every language. */
export function judgeStatus(
  { database, hub }: { readonly database: DatabaseStatus; readonly hub: HubStatus },
  translator: Translator,
): Verdict {
  const problems = [...databaseProblems(database, translator), ...hubProblems(hub, translator)]
  const flows = hub.health?.state === 'live'
  const [first] = problems
  if (first === undefined) {
    const summary = summarize(database, hub, translator)
    return { state: 'ok', summary, problems, exitCode: exitCodes.ok }
  }
  return {
    state: flows ? 'degraded' : 'down',
    summary: first.what,
    problems,
    exitCode: exitCodeFor(database),
  }
}

function exitCodeFor({ error }: DatabaseStatus): ExitCode {
  const code = error === null ? exitCodes.check : exitCodeOf[error.code]
  return code === exitCodes.database || code === exitCodes.permission ? code : exitCodes.check
}

function databaseProblems({ error, drift }: DatabaseStatus, { text }: Translator): Verdict['problems'] {
  if (error !== null) return [{ what: error.message, hint: error.hint }]
  if (drift === null || drift.length === 0) return []
  return [
    { what: text('status.differences', { count: drift.length }), hint: 'run: rtbridge install-triggers' },
  ]
}

function hubProblems({ address, health, problem }: HubStatus, { text }: Translator): Verdict['problems'] {
  if (health === null) {
    const what = text('status.noHub', { address, problem: problem ?? '' })
    return [{ what, hint: 'run: rtbridge serve' }]
  }
  // A hub of an older version says nothing of them.
  const found = (health.problems ?? []).map(({ message, hint }) => ({ what: message, hint }))
  if (health.state === 'live') return [...found, ...failingRules(health.rule_failures, text)]
  const { error, connected } = health.database
  if (connected && found.length > 0) return found
  const why = error === null ? '' : `: ${error.message}`
  const what = `${text('status.noDatabase', { time: health.stale_since ?? '' })}${why}`
  return [{ what, hint: error?.hint ?? text('status.retries') }]
}

function failingRules(
  failures: readonly { table: string; eventType: string; count: number }[],
  text: Translator['text'],
): Verdict['problems'] {
  const [first] = failures
  if (first === undefined) return []
  const more = failures.length === 1 ? '' : ` ${text('status.andMore', { count: failures.length - 1 })}`
  const { table, eventType: rule, count } = first
  return [
    { what: text('status.ruleFailed', { rule, table, count }) + more, hint: text('status.correctRule') },
  ]
}

function summarize(database: DatabaseStatus, { address, health }: HubStatus, { text }: Translator): string {
  return text('status.summary', {
    address,
    clients: text('status.clients', { count: clientsOf(health?.hub) }),
    tables: text('status.tables', { count: database.captured }),
  })
}

/** Registered clients of a hub, as its health document counts them. */
export function clientsOf(hub: object | undefined): number {
  const registered = hub !== undefined && 'registered' in hub ? hub.registered : 0
  return typeof registered === 'number' ? registered : 0
}
