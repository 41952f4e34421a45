import type { LoadedConfig } from '../../config/load-config.ts'
import { type CommandContext, loadSettings } from '../context.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { visibleText } from '../visible-text.ts'
import { writeBundle } from './bundle.ts'
import { defaultDoctorLimits } from './check.ts'
import type { Diagnosis } from './diagnose.ts'
import { worst } from './diagnose.ts'
import { examine, examineWithout } from './examine.ts'
import { printRepairs, printReport, reportToJson } from './print-report.ts'
import { type Repaired, repairAll } from './repair.ts'

interface DoctorOptions {
  readonly fix?: boolean
  readonly yes?: boolean
  readonly bundle?: string
}

/** `rtbridge doctor` */
export async function runDoctor(context: CommandContext, options: DoctorOptions = {}): Promise<ExitCode> {
  const { host, output } = context
  const loaded = load(context)
  let diagnoses = await look(loaded, context)
  let repaired: readonly Repaired[] = []
  if (options.fix === true && 'config' in loaded) {
    const isConfirmed = options.yes === true
    repaired = await repairAll(diagnoses, context, { config: loaded.config, isConfirmed })
    if (repaired.some(({ state }) => state === 'done')) diagnoses = await look(loaded, context)
  }
  printReport(diagnoses, context)
  if (options.fix === true) printRepairs(repaired, context)
  const report = reportToJson(diagnoses, options.fix === true ? repaired : null)
  if (options.bundle !== undefined) {
    const config = 'config' in loaded ? loaded.config : null
    const path = await writeBundle(options.bundle, { report, config }, host)
    output.say(`\nreport without secrets: ${visibleText(path)}   (read it before you send it on)`)
  }
  output.json(report)
  return worst(diagnoses) === 'problem' ? exitCodes.check : exitCodes.ok
}

type Loaded = LoadedConfig | { readonly unusable: unknown }

/** A configuration that cannot be used is something the doctor tells of, not the end of it. */
function load(context: CommandContext): Loaded {
  try {
    return loadSettings(context)
  } catch (unusable) {
    return { unusable }
  }
}

function look(loaded: Loaded, { host }: CommandContext): Promise<readonly Diagnosis[]> {
  if ('unusable' in loaded) return examineWithout(loaded.unusable)
  const { config, path, tried, warnings } = loaded
  return examine(config, defaultDoctorLimits, { cwd: host.cwd, env: host.env, path, tried, warnings })
}
