import { define } from './define.ts'

/** The author of a rule or an expression has to act. */
export const ruleErrors = {
  RTB_EXPRESSION_INVALID: define<{ source: string; problem: string; offset: number }>({
    actor: 'rule-author',
    message: ({ source, problem, offset }) => `the expression ${quote(source)} ${problem}${place(offset)}`,
    hint: () => 'write it in CEL; columns are reached through `old` and `new`, as in `new.status == "PAID"`',
  }),
  RTB_EXPRESSION_FAILED: define<{ source: string; problem: string }>({
    actor: 'rule-author',
    message: ({ source, problem }) => `the expression ${quote(source)} failed: ${problem}`,
    hint: () =>
      'guard it: `has(new.column)` for a column that may be absent, `new.column != null` for NULL, `op` for the operation',
  }),
  RTB_TEMPLATE_INVALID: define<{ source: string; problem: string; offset: number }>({
    actor: 'rule-author',
    message: ({ source, problem, offset }) => `the template ${quote(source)} ${problem}${place(offset)}`,
    hint: () => 'write text with expressions in braces, as in `destination:{new.destination_id}`',
  }),
  RTB_RULE_INVALID: define<{ location: string; problem: string }>({
    actor: 'rule-author',
    message: ({ location, problem }) => `${location}: ${problem}`,
    hint: () => 'correct it there and run `rtbridge config check`',
  }),
  RTB_ROW_UNREADABLE: define<{ problem: string }>({
    actor: 'rtbridge',
    message: ({ problem }) => `a row of the journal cannot be read: ${problem}`,
    hint: () =>
      'rows are JSON objects written by the triggers of rtbridge: run `rtbridge install-triggers --check` to see whether something else writes there',
  }),
} as const

/** Long sources are cut: a message is for reading. */
function quote(source: string): string {
  const oneLine = source.replace(/\s+/g, ' ')
  return `\`${oneLine.length > 120 ? `${oneLine.slice(0, 117)}...` : oneLine}\``
}

function place(offset: number): string {
  return offset > 0 ? ` (at character ${offset + 1})` : ''
}
