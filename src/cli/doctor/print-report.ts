import type { Output, Style } from '../output.ts'
import { visibleText } from '../visible-text.ts'
import { type Diagnosis, worst } from './diagnose.ts'
import type { Repaired } from './repair.ts'

/** Prints the verdict, then every check with what mends it. */
export function printReport(diagnoses: readonly Diagnosis[], output: Output): void {
  const state = worst(diagnoses)
  output.print(`${output.style(colours[state], `${state}:`)} ${summarize(diagnoses)}`)
  for (const diagnosis of diagnoses) printDiagnosis(diagnosis, output)
}

/** Tells what `--fix` did; what it did not do is in the report. */
export function printRepairs(repaired: readonly Repaired[], output: Output): void {
  output.print('')
  if (repaired.length === 0) output.print('nothing to fix that is safe without you')
  for (const { check, what, state } of repaired) {
    const head = output.style(state === 'done' ? 'green' : 'yellow', state.padEnd(stateWidth))
    output.print(`${head} ${check.padEnd(nameWidth)} ${visibleText(what)}`)
  }
}

/**
 * The report for programs: stable, `version` grows with incompatible changes.
 * @param repaired null without `--fix`
 */
export function reportToJson(diagnoses: readonly Diagnosis[], repaired: readonly Repaired[] | null): object {
  const checks = diagnoses.map(({ findings, ...diagnosis }) => ({
    ...diagnosis,
    findings: findings.map(({ level, what, fix, repair }) => ({
      level,
      what,
      fix,
      safe: repair !== undefined,
    })),
  }))
  return { version: 1, state: worst(diagnoses), checks, ...(repaired === null ? {} : { fixed: repaired }) }
}

const colours: Readonly<Record<Diagnosis['state'], Style>> = {
  ok: 'green',
  skipped: 'gray',
  warning: 'yellow',
  problem: 'red',
}

/** Longest name of a check and longest state, for the columns. */
const [stateWidth, nameWidth] = [8, 22]

function printDiagnosis({ name, state, found, findings }: Diagnosis, output: Output): void {
  const head = `${output.style(colours[state], state.padEnd(stateWidth))} ${name.padEnd(nameWidth)}`
  const indent = ' '.repeat(stateWidth + 1 + nameWidth)
  // A configuration may have several problems, a line for each.
  const texts = findings.length === 0 ? [{ what: found, fix: null }] : findings
  for (const [index, { what, fix }] of texts.entries()) {
    for (const [row, line] of what.split('\n').entries()) {
      output.print(`${index + row === 0 ? head : indent} ${visibleText(line)}`)
    }
    if (fix !== null) output.print(`${' '.repeat(stateWidth + 2)}fix: ${visibleText(fix)}`)
  }
}

function summarize(diagnoses: readonly Diagnosis[]): string {
  const count = (wanted: Diagnosis['state']) => diagnoses.filter(({ state }) => state === wanted).length
  const parts = (['problem', 'warning', 'skipped', 'ok'] as const)
    .filter(state => count(state) > 0)
    .map(state => `${count(state)} ${state}`)
  const state = worst(diagnoses)
  const names = diagnoses.filter(one => one.state === state).map(({ name }) => name)
  const where = state === 'ok' ? '' : ` (see ${names.join(', ')})`
  return `${diagnoses.length} checks: ${parts.join(', ')}${where}`
}
