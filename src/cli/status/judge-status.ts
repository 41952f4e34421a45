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

/** Judges what was found. */
export function judgeStatus(database: DatabaseStatus, hub: HubStatus): Verdict {
  const problems = [...databaseProblems(database), ...hubProblems(hub)]
  const flows = hub.health?.state === 'live'
  const [first] = problems
  if (first === undefined)
    return { state: 'ok', summary: summarize(database, hub), problems, exitCode: exitCodes.ok }
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

function databaseProblems({ error, drift }: DatabaseStatus): Verdict['problems'] {
  if (error !== null) return [{ what: error.message, hint: error.hint }]
  if (drift === null || drift.length === 0) return []
  const what = `${drift.length} difference(s) between the configuration and what is installed`
  return [{ what, hint: 'run: rtbridge install-triggers' }]
}

function hubProblems({ address, health, problem }: HubStatus): Verdict['problems'] {
  if (health === null) {
    return [{ what: `no hub answers at ${address}: ${problem}`, hint: 'run: rtbridge serve' }]
  }
  // A hub of an older version says nothing of them.
  const found = (health.problems ?? []).map(({ message, hint }) => ({ what: message, hint }))
  if (health.state === 'live') return [...found, ...failingRules(health.rule_failures)]
  const { error, connected } = health.database
  if (connected && found.length > 0) return found
  const why = error === null ? '' : `: ${error.message}`
  const hint = error?.hint ?? 'it retries by itself; its log says more'
  return [{ what: `the hub has no database since ${health.stale_since}${why}`, hint }]
}

function failingRules(
  failures: readonly { table: string; eventType: string; count: number }[],
): Verdict['problems'] {
  const [first] = failures
  if (first === undefined) return []
  const more = failures.length === 1 ? '' : ` and ${failures.length - 1} more`
  const what = `rule ${first.eventType} of ${first.table} failed ${count(first.count, 'time')}${more}`
  return [
    {
      what,
      hint: 'correct it in rtbridge.yaml (the reason is below), then reload the hub: systemctl reload rtbridge, or kill -HUP',
    },
  ]
}

function summarize(database: DatabaseStatus, { address, health }: HubStatus): string {
  const clients = clientsOf(health?.hub)
  return `hub on ${address} live, ${count(clients, 'client')}, ${count(database.captured, 'table')} captured`
}

/** Registered clients of a hub, as its health document counts them. */
export function clientsOf(hub: object | undefined): number {
  const registered = hub !== undefined && 'registered' in hub ? hub.registered : 0
  return typeof registered === 'number' ? registered : 0
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
