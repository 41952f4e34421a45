import { tableLabel } from '../../domain/change.ts'
import type { Output, Style } from '../output.ts'
import { describeTested } from '../rules/test-change.ts'
import { visibleText } from '../visible-text.ts'
import { describeChange } from './look-at-journal.ts'
import type { Trace } from './trace-row.ts'
import type { TraceStep, Verdict } from './trace-step.ts'

const verdictColours: Readonly<Record<Verdict['state'], Style>> = {
  delivered: 'green',
  waiting: 'yellow',
  unknown: 'yellow',
  dropped: 'red',
}

const stepColours: Readonly<Record<TraceStep['state'], Style>> = {
  ok: 'green',
  warning: 'yellow',
  waiting: 'yellow',
  dropped: 'red',
  skipped: 'gray',
}

/** Longest state and longest name of a step, for the columns. */
const [stateWidth, nameWidth] = [8, 12]

/** Prints the verdict, then every step. */
export function printTrace({ verdict, steps, table, key, changes }: Trace, output: Output): void {
  const { state, at, summary, hint } = verdict
  const where = at === null ? '' : ` at ${at}`
  output.print(`${output.style(verdictColours[state], `${state}${where}:`)} ${visibleText(summary)}`)
  if (hint !== null) output.print(`  ${describeHint(hint)}`)
  const [newest] = changes
  const named = `${tableLabel(table)} ${key?.join(', ') ?? ''}`.trimEnd()
  output.print(visibleText(newest === undefined ? named : `${named}: ${describeChange(newest)}`))
  for (const step of steps) printStep(step, step.name === at, output)
}

function printStep(
  { name, state, found, details, hint }: TraceStep,
  isVerdict: boolean,
  output: Output,
): void {
  const head = output.style(stepColours[state], state.padEnd(stateWidth))
  output.print(`${head} ${name.padEnd(nameWidth)} ${visibleText(found)}`)
  const indent = ' '.repeat(stateWidth + nameWidth + 2)
  for (const detail of details) output.print(`${indent}- ${visibleText(detail)}`)
  // The verdict has said it already.
  if (hint !== null && !isVerdict) output.print(`${indent}${describeHint(hint)}`)
}

function describeHint(hint: string): string {
  return visibleText(hint.startsWith('run: ') ? `try: ${hint.slice(5)}` : `hint: ${hint}`)
}

/** The trace for programs: stable, `version` grows with incompatible changes. */
export function traceToJson({ verdict, steps, table, key, changes, tested, hub }: Trace): object {
  return {
    version: 1,
    ...verdict,
    table: tableLabel(table),
    key,
    steps,
    changes: changes.map(({ seq, xid, op, at, origin, truncated }) => ({
      seq,
      tx: xid,
      op,
      at,
      origin,
      truncated,
    })),
    outcome: tested === null ? null : describeTested(tested),
    hub:
      hub === null ? null : { address: hub.address, problem: hub.problem ?? hub.refusal, trace: hub.trace },
  }
}
