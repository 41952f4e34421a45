import { createTranslator } from '../../catalogue/translator.ts'
import { describeJournal } from '../../operations/journal-status.ts'
import { type CommandContext, loadSettingsAloud } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'
import { hubEndpoint } from '../hub-address.ts'
import type { Style } from '../output.ts'
import { visibleText } from '../visible-text.ts'
import { describeStatus, isRefused } from './describe-status.ts'
import { judgeStatus, type Verdict } from './judge-status.ts'
import { type DatabaseStatus, type HubStatus, readDatabaseStatus, readHubStatus } from './read-status.ts'
import { alignRows } from './row.ts'

export async function runStatus(
  context: CommandContext,
  { ca }: { readonly ca?: string } = {},
): Promise<ExitCode> {
  const { output, translator } = context
  const { config } = loadSettingsAloud(context)
  const endpoint = hubEndpoint(config, { cwd: context.host.cwd, ca })
  const [database, hub] = await Promise.all([readDatabaseStatus(config), readHubStatus(endpoint)])
  const verdict = judgeStatus({ database, hub }, translator)
  printVerdict(verdict, context)
  for (const line of alignRows(describeStatus({ database, hub }, translator))) output.print(visibleText(line))
  output.json(toJson(database, hub))
  return verdict.exitCode
}

const colours: Readonly<Record<Verdict['state'], Style>> = { ok: 'green', degraded: 'yellow', down: 'red' }

function printVerdict({ state, summary, problems }: Verdict, { output, translator }: CommandContext): void {
  const { text } = translator
  output.print(`${output.style(colours[state], `${text(`status.${state}`)}:`)} ${visibleText(summary)}`)
  for (const [index, { what, hint }] of problems.entries()) {
    if (index > 0) output.print(`  ${text('status.also')}: ${visibleText(what)}`)
    const [word, advice] = hint.startsWith('run: ')
      ? [text('status.try'), hint.slice(5)]
      : [text('status.hint'), hint]
    output.print(`  ${word}: ${advice}`)
  }
}

/** Stable, and English in every language; `version` grows with incompatible changes. */
function toJson(database: DatabaseStatus, hub: HubStatus): object {
  const { state, summary, problems } = judgeStatus({ database, hub }, createTranslator('en'))
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
