import type { RuleOutcome, SentEvent, Term } from '../../domain/rule-outcome.ts'
import { clipText } from '../visible-text.ts'

/** Values and parts longer than this are cut, characters. */
const mostShown = 160

/** Why a rule did what it did, a line for each reason. */
export function describeReasons({ result, on, when, failure }: RuleOutcome, op: string): readonly string[] {
  switch (result) {
    case 'fired':
      return []
    case 'left-out':
      return ['the change is not journalled']
    case 'other-operation':
      return [`on is ${on.join(', ')}, and this is ${op}`]
    case 'failed':
      return [
        `${failure?.field}: ${failure?.message}`,
        ...(failure?.location ? [`at ${failure.location}`] : []),
      ]
    case 'condition-false':
      return when === null ? [] : decidingTerms(when).map(describeTerm)
  }
}

/** The innermost parts that made an expression what it is. */
export function decidingTerms(term: Term): readonly Term[] {
  const inner = term.parts.flatMap(decidingTerms)
  return inner.length > 0 ? inner : term.decides ? [term] : []
}

/** `old.status != 'CANCELLED'` is false: old.status is "CANCELLED" */
export function describeTerm({ text, value, problem, reads, parts }: Term): string {
  const outcome = problem === null ? `is ${clip(value ?? 'a long value')}` : `failed: ${problem}`
  const seen = [
    ...parts.map(part => `${oneLine(part.text)} is ${clip(part.value ?? part.problem ?? 'a long value')}`),
    ...reads.map(describeRead),
  ]
  return `${clip(oneLine(text))} ${outcome}${seen.length === 0 ? '' : `: ${seen.join(', ')}`}`
}

function describeRead({ path, value, note }: Term['reads'][number]): string {
  if (note === 'no-row') return `there is no row ${path.split('.')[0]}`
  if (note === 'no-column') return `there is no ${path}`
  return `${path} is ${note === 'too-long' ? 'a long value' : clip(value ?? 'null')}`
}

/** To whom an event goes, before the policies. */
export function describeAudience({ rooms, roles, channel }: SentEvent): string {
  const inRooms =
    rooms === null
      ? 'everyone who may see the table'
      : rooms.length === 0
        ? 'nobody: none of its rooms has a name on this row'
        : `members of ${rooms.join(', ')}`
  const withRoles = roles === null ? '' : `, with the role ${roles.join(' or ')}`
  return `${inRooms}${withRoles}${channel === null ? '' : `, channel ${channel}`}`
}

function clip(text: string): string {
  return clipText(text, mostShown)
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ')
}
