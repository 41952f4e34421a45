import type { ChangeOutcome, RuleOutcome, SentEvent } from '../../domain/rule-outcome.ts'
import { describeAudience, describeReasons } from '../changes/describe-outcome.ts'
import { describeSights } from '../changes/who-sees.ts'
import type { Output, Style } from '../output.ts'
import { clipText, visibleText } from '../visible-text.ts'
import type { TestedChange } from './test-change.ts'

/** Data is cut for people, characters; with --json it is whole. */
const mostData = 400

const marks: Readonly<Record<RuleOutcome['result'], readonly [word: string, style: Style]>> = {
  fired: ['fired', 'green'],
  'other-operation': ['not fired', 'gray'],
  'condition-false': ['not fired', 'yellow'],
  failed: ['failed', 'red'],
  'left-out': ['not fired', 'gray'],
}

const leftOut: Readonly<Record<NonNullable<ChangeOutcome['left_out']>, string>> = {
  unchanged: 'nothing is different: such an UPDATE is no event',
  'excluded-only': 'only excluded columns are different: such an UPDATE is no event',
}

/** Prints what became of one change: the table event, then every rule with the reason. */
export function printOutcome({ outcome, sights }: TestedChange, output: Output): void {
  const say = (line: string) => output.print(visibleText(line))
  const { change, event, left_out: reason, rules } = outcome
  const stored = change.seq === null ? '' : `   seq ${change.seq}, ${change.at}`
  output.print(output.style('bold', visibleText(`${change.table} ${change.op}${key(change.id)}${stored}`)))
  if (change.truncated) say('  the row is too large: only its key is kept')
  if (reason !== null) say(`  left out: ${leftOut[reason]}`)
  if (event !== null) printEvent(event, sights.get(event.event_type), output, 'sent')
  if (rules.length === 0) say('  no rules: its changes are table events only')
  for (const rule of rules) {
    const [word, style] = marks[rule.result]
    const head = `  ${output.style(style, word.padEnd(9))} `
    if (rule.sends !== null) {
      printEvent(rule.sends, sights.get(rule.event_type), output, word, style)
      continue
    }
    output.print(`${head} ${visibleText(`${rule.event_type}   ${rule.location}`)}`)
    for (const line of describeReasons(rule, change.op)) say(`             ${line}`)
  }
}

function printEvent(
  event: SentEvent,
  sights: Parameters<typeof describeSights>[0] | null | undefined,
  output: Output,
  word: string,
  style: Style = 'green',
): void {
  const say = (line: string) => output.print(visibleText(`             ${line}`))
  output.print(`  ${output.style(style, word.padEnd(9))}  ${visibleText(event.event_type)}`)
  say(`to ${describeAudience(event)}`)
  if (sights != null) say(`policies: ${describeSights(sights)}`)
  say(`data ${clipText(event.data, mostData)}`)
}

function key(id: string | null): string {
  return id === null ? '' : ` ${id}`
}
