import type { Config } from '../../config/config.ts'
import { tableLabel } from '../../domain/change.ts'
import { closestWord } from '../../domain/closest-word.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { compileRules, type RuleSet } from '../../mapping/rule-set.ts'
import { parseTableName } from '../changes/find-table.ts'
import { type CommandContext, loadSettingsAloud } from '../context.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { collectChanges, type RulesTestOptions } from './collect-changes.ts'
import { printOutcome } from './print-outcome.ts'
import { describeTested, type TestedChange, testChange } from './test-change.ts'

const command = 'rtbridge rules test'

/** `rtbridge rules test`: runs the rules on changes, and says why each fired or not. */
export async function runRulesTest(
  context: CommandContext,
  options: RulesTestOptions,
  [table = null]: readonly (string | null | undefined)[],
): Promise<ExitCode> {
  const { output, host } = context
  const { config } = loadSettingsAloud(context)
  const rules = compileRules(config.tables)
  if (table !== null) checkTable(table, rules, config)
  checkNames([...(options.rule ?? []), ...(options.expect ?? [])], config)
  const { changes, history } = await collectChanges(options, table, { host, config, rules })
  const only = options.rule ?? null
  const tested = changes.map(change =>
    testChange(change, { rules, policies: config.policies, history, only }),
  )
  for (const [at, each] of tested.entries()) {
    if (at > 0) output.print('')
    printOutcome(each, output)
  }
  if (tested.length === 0) output.print('no changes: the journal has none')
  const expectation = checkExpectation(tested, options)
  if (expectation !== null) printExpectation(expectation, output)
  output.json({ version: 1, changes: tested.map(describeTested), expectation })
  return expectation === null || expectation.met ? exitCodes.ok : exitCodes.check
}

/** What was expected against what fired, over all changes. */
interface Expectation {
  readonly met: boolean
  readonly missing: readonly string[]
  readonly unexpected: readonly string[]
}

function checkExpectation(
  tested: readonly TestedChange[],
  { expect, expectNone }: RulesTestOptions,
): Expectation | null {
  if (expect === undefined && expectNone !== true) return null
  const expected = new Set(expect ?? [])
  const fired = new Set(
    tested.flatMap(({ outcome }) =>
      outcome.rules.filter(({ result }) => result === 'fired').map(rule => rule.event_type),
    ),
  )
  const missing = [...expected].filter(name => !fired.has(name))
  const unexpected = [...fired].filter(name => !expected.has(name))
  return { met: missing.length + unexpected.length === 0, missing, unexpected }
}

function printExpectation({ met, missing, unexpected }: Expectation, output: Output): void {
  const parts = [
    ...(missing.length === 0 ? [] : [`did not fire: ${missing.join(', ')}`]),
    ...(unexpected.length === 0 ? [] : [`fired, and was not expected: ${unexpected.join(', ')}`]),
  ]
  output.print('')
  if (met) output.print(`${output.style('green', 'ok:')} what was expected fired, and nothing else`)
  else output.print(`${output.style('red', 'not as expected:')} ${parts.join('; ')}`)
}

function checkTable(source: string, rules: RuleSet, { tables }: Config): void {
  const table = parseTableName(source, command)
  if (rules.forTable(table).rule !== null) return
  const label = tableLabel(table)
  throw rtbridgeError('RTB_COMMAND_USAGE', {
    problem: `no entry of \`tables\` is for ${label}`,
    command,
    suggestion: closestWord(
      label,
      tables.map(({ pattern }) => pattern),
    ),
  })
}

/** A name that no rule has would never fire, whatever the change. */
function checkNames(names: readonly string[], { tables }: Config): void {
  const known = tables.flatMap(({ events }) => events.map(({ eventType }) => eventType))
  const unknown = names.find(name => !known.includes(name))
  if (unknown === undefined) return
  throw rtbridgeError('RTB_COMMAND_USAGE', {
    problem: `there is no rule ${unknown}`,
    command,
    suggestion: closestWord(unknown, known),
  })
}
