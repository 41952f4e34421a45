import { describeJournal } from '../../operations/journal-status.ts'
import { type CommandContext, loadSettingsAloud } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'
import { formatBytes } from '../format-bytes.ts'
import { hubEndpoint } from '../hub-address.ts'
import type { Output, Style } from '../output.ts'
import { visibleText } from '../visible-text.ts'
import { describeFleet } from './describe-fleet.ts'
import { clientsOf, judgeStatus, type Verdict } from './judge-status.ts'
import { type DatabaseStatus, type HubStatus, readDatabaseStatus, readHubStatus } from './read-status.ts'

export async function runStatus(
  context: CommandContext,
  { ca }: { readonly ca?: string } = {},
): Promise<ExitCode> {
  const { output } = context
  const { config } = loadSettingsAloud(context)
  const endpoint = hubEndpoint(config, { cwd: context.host.cwd, ca })
  const [database, hub] = await Promise.all([readDatabaseStatus(config), readHubStatus(endpoint)])
  const verdict = judgeStatus(database, hub)
  printVerdict(verdict, output)
  for (const line of [...describeDatabase(database), ...describeHub(hub)]) output.print(visibleText(line))
  output.json(toJson(verdict, database, hub))
  return verdict.exitCode
}

const colours: Readonly<Record<Verdict['state'], Style>> = { ok: 'green', degraded: 'yellow', down: 'red' }

function printVerdict({ state, summary, problems }: Verdict, output: Output): void {
  output.print(`${output.style(colours[state], `${state}:`)} ${visibleText(summary)}`)
  for (const [index, { what, hint }] of problems.entries()) {
    if (index > 0) output.print(`  also: ${visibleText(what)}`)
    output.print(hint.startsWith('run: ') ? `  try: ${hint.slice(5)}` : `  hint: ${hint}`)
  }
}

function describeDatabase({
  serverVersion,
  database,
  role,
  captured,
  drift,
  journal,
  error,
}: DatabaseStatus): string[] {
  if (serverVersion === null)
    return [`database  ${isRefused(error) ? 'not to be looked at by this role' : 'unreachable'}`]
  const where = database === null ? '' : `, database ${database}`
  const lines = [`database  PostgreSQL ${serverVersion}${where}, as ${role}`]
  const compared = drift === null ? 'not compared with the configuration' : `${drift.length} difference(s)`
  lines.push(`triggers  ${captured} table(s) captured, ${compared}`)
  for (const difference of drift ?? []) lines.push(`            - ${difference}`)
  if (journal !== null) {
    const { rows, liveBytes, maxBytes, keepMs, resumableSince } = journal
    lines.push(
      `journal   about ${rows} row(s), ${formatBytes(liveBytes)} of at most ${formatBytes(maxBytes)}, kept for ${formatDuration(keepMs)}`,
      `            - clients that were here since ${resumableSince} can resume`,
    )
  }
  return lines
}

/** What was refused; a hub of an older version says nothing of it. */
function describeDoor(door: HubDoor | undefined): string[] {
  const refused = Object.entries(door?.refused ?? {})
  if (refused.length === 0) return []
  return [`refused   ${refused.map(([code, count]) => `${count} × ${code}`).join(', ')}`]
}

/** The server answered, but not to this role. */
function isRefused(error: DatabaseStatus['error']): boolean {
  return error?.code === 'RTB_DATABASE_PERMISSION'
}

type HubDoor = NonNullable<HubStatus['health']>['door']

function describeHub({ address, health }: HubStatus): string[] {
  if (health === null) return [`hub       none at ${address}`]
  const { doorbell, sentinel, warning } = health.database
  const roles = [
    doorbell ? 'hears the doorbell' : 'reads at short intervals',
    ...(sentinel ? ['sentinel'] : []),
  ]
  const lines = [
    `hub       ${health.state} at ${address}, ${clientsOf(health.hub)} client(s), ${roles.join(', ')}`,
  ]
  lines.push(...describeFleet(health), ...describeDoor(health.door))
  if (warning != null) lines.push(`            - ${warning.message}`, `              hint: ${warning.hint}`)
  for (const { table, eventType, field, count, message } of health.rule_failures) {
    lines.push(`            - rule ${eventType} of ${table} failed ${count} time(s): ${field}: ${message}`)
  }
  return lines
}

/** Stable; `version` grows with incompatible changes. */
function toJson({ state, summary, problems }: Verdict, database: DatabaseStatus, hub: HubStatus): object {
  const { serverVersion, role, captured, drift, journal, error } = database
  return {
    version: 1,
    state,
    summary,
    problems,
    database: {
      reachable: serverVersion !== null || isRefused(error),
      server_version: serverVersion,
      name: database.database,
      role,
      error: error === null ? null : { code: error.code, message: error.message, hint: error.hint },
    },
    triggers: { captured, drift },
    journal: journal === null ? null : describeJournal(journal),
    hub: { address: hub.address, reachable: hub.health !== null, problem: hub.problem, health: hub.health },
  }
}

/** In the largest unit that gives a whole number. */
function formatDuration(ms: number): string {
  const units = [
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ] as const
  const [size, unit] = units.find(([candidate]) => ms % candidate === 0) ?? [1, 'ms']
  return `${ms / size} ${unit}`
}
