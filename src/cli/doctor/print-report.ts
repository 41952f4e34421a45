import { checkTitle } from '../../catalogue/check-title.ts'
import type { Translator } from '../../catalogue/translator.ts'
import { column, widthOf } from '../column.ts'
import type { CommandContext } from '../context.ts'
import type { Style } from '../output.ts'
import { visibleText } from '../visible-text.ts'
import { type Diagnosis, worst } from './diagnose.ts'
import type { Repaired } from './repair.ts'

type Terminal = Pick<CommandContext, 'output' | 'translator'>

/** Prints the verdict, then every check with what mends it: its words in the language of the reader, findings in English. */
export function printReport(diagnoses: readonly Diagnosis[], terminal: Terminal): void {
  const { output, translator } = terminal
  const state = worst(diagnoses)
  const verdict = `${translator.text(`doctor.state.${state}`)}:`
  output.print(`${output.style(colours[state], verdict)} ${summarize(diagnoses, translator)}`)
  const widths = measure(diagnoses, translator)
  for (const diagnosis of diagnoses) printDiagnosis(diagnosis, widths, terminal)
}

/** Tells what `--fix` did; what it did not do is in the report. */
export function printRepairs(repaired: readonly Repaired[], { output, translator }: Terminal): void {
  const { text } = translator
  output.print('')
  if (repaired.length === 0) output.print(text('doctor.repair.none'))
  for (const { check, what, state } of repaired) {
    const word = column(text(`doctor.repair.${state}`), stateWidth)
    const head = output.style(state === 'done' ? 'green' : 'yellow', word)
    output.print(`${head} ${column(nameOf(check, translator), nameWidth)} ${visibleText(what)}`)
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

/** The columns of English, which are the least. */
const [stateWidth, nameWidth] = [8, 22]

interface Widths {
  readonly state: number
  readonly name: number
}

function measure(diagnoses: readonly Diagnosis[], translator: Translator): Widths {
  const states = diagnoses.map(({ state }) => widthOf(translator.text(`doctor.state.${state}`)))
  const names = diagnoses.map(({ name }) => widthOf(nameOf(name, translator)))
  return { state: Math.max(stateWidth, ...states), name: Math.max(nameWidth, ...names) }
}

/** In English the name that documentation and JSON have; elsewhere it stands behind the title. */
function nameOf(check: string, translator: Translator): string {
  return translator.language === 'en' ? check : `${checkTitle(check, translator)} (${check})`
}

function printDiagnosis(
  { name, state, found, findings }: Diagnosis,
  widths: Widths,
  { output, translator }: Terminal,
): void {
  const word = column(translator.text(`doctor.state.${state}`), widths.state)
  const head = `${output.style(colours[state], word)} ${column(nameOf(name, translator), widths.name)}`
  const indent = ' '.repeat(widths.state + 1 + widths.name)
  // A configuration may have several problems, a line for each.
  const texts = findings.length === 0 ? [{ what: found, fix: null }] : findings
  for (const [index, { what, fix }] of texts.entries()) {
    for (const [row, line] of what.split('\n').entries()) {
      output.print(`${index + row === 0 ? head : indent} ${visibleText(line)}`)
    }
    // The same word in each language: scripts look for it.
    if (fix !== null) output.print(`${' '.repeat(widths.state + 2)}fix: ${visibleText(fix)}`)
  }
}

const counted = {
  problem: 'doctor.problems',
  warning: 'doctor.warnings',
  skipped: 'doctor.count.skipped',
  ok: 'doctor.count.ok',
} as const

function summarize(diagnoses: readonly Diagnosis[], translator: Translator): string {
  const { text } = translator
  const count = (wanted: Diagnosis['state']) => diagnoses.filter(({ state }) => state === wanted).length
  const parts = (['problem', 'warning', 'skipped', 'ok'] as const)
    .filter(state => count(state) > 0)
    .map(state => text(counted[state], { count: count(state) }))
  const checks = text('doctor.checks', { count: diagnoses.length })
  const summary = text('doctor.counted', { checks, parts: parts.join(text('status.comma')) })
  const state = worst(diagnoses)
  const names = diagnoses.filter(one => one.state === state).map(({ name }) => name)
  const where = text('doctor.see', { names: names.join(text('status.comma')) })
  return state === 'ok' ? summary : `${summary} (${where})`
}
