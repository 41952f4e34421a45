import { type CommandContext, loadSettingsAloud } from '../context.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import type { Output, Style } from '../output.ts'
import { visibleText } from '../visible-text.ts'
import { type Diagnosis, examine } from './examine.ts'

export async function runDoctor(context: CommandContext): Promise<ExitCode> {
  const { output } = context
  const { config } = loadSettingsAloud(context)
  const diagnoses = await examine(config)
  const state = worst(diagnoses)
  output.print(`${output.style(colours[state], `${state}:`)} ${summarize(diagnoses)}`)
  for (const diagnosis of diagnoses) print(diagnosis, output)
  output.json({ version: 1, state, checks: diagnoses })
  return state === 'problem' ? exitCodes.check : exitCodes.ok
}

const colours: Readonly<Record<Diagnosis['state'], Style>> = {
  ok: 'green',
  skipped: 'gray',
  warning: 'yellow',
  problem: 'red',
}

/** Longest name of a check and longest state, for the columns. */
const [stateWidth, nameWidth] = [8, 22]

function print({ name, state, found, findings }: Diagnosis, output: Output): void {
  const head = `${output.style(colours[state], state.padEnd(stateWidth))} ${name.padEnd(nameWidth)}`
  if (findings.length === 0) output.print(`${head} ${visibleText(found)}`)
  for (const [index, { what, fix }] of findings.entries()) {
    output.print(`${index === 0 ? head : ' '.repeat(stateWidth + 1 + nameWidth)} ${visibleText(what)}`)
    if (fix !== null) output.print(`${' '.repeat(stateWidth + 2)}fix: ${visibleText(fix)}`)
  }
}

function worst(diagnoses: readonly Diagnosis[]): 'ok' | 'warning' | 'problem' {
  const has = (wanted: Diagnosis['state']) => diagnoses.some(({ state }) => state === wanted)
  return has('problem') ? 'problem' : has('warning') ? 'warning' : 'ok'
}

function summarize(diagnoses: readonly Diagnosis[]): string {
  const count = (wanted: Diagnosis['state']) => diagnoses.filter(({ state }) => state === wanted).length
  const parts = (['problem', 'warning', 'skipped', 'ok'] as const)
    .filter(state => count(state) > 0)
    .map(state => `${count(state)} ${state}`)
  return `${diagnoses.length} checks: ${parts.join(', ')}`
}
