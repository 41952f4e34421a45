import type { Config } from '../../config/config.ts'
import { counted } from '../../domain/counted.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { applyPlan } from '../../install/apply-plan.ts'
import { readCatalogue } from '../../install/catalogue.ts'
import type { InstallPlan } from '../../install/plan.ts'
import { renderScript } from '../../install/statements.ts'
import { type CommandContext, commandDatabase, loadSettingsAloud, withSession } from '../context.ts'
import type { Output } from '../output.ts'
import { visibleText } from '../visible-text.ts'
import { describeStep, planToJson, stepSubject } from './describe-plan.ts'
import { makePlan } from './make-plan.ts'

interface InstallOptions {
  readonly dryRun?: boolean
  readonly sql?: boolean
  readonly check?: boolean
  readonly table?: readonly string[]
  readonly renew?: boolean
}

export async function runInstall(context: CommandContext, options: InstallOptions): Promise<void> {
  const { output } = context
  const { config } = loadSettingsAloud(context)
  const catalogue = await withSession(config, session => readCatalogue(session))
  const plan = makePlan(catalogue, config, options)
  for (const note of plan.notes) output.warn(visibleText(note))
  if (options.sql === true) return output.write(renderScript(plan))
  if (options.check === true) return checkInstalled(plan, output)
  if (options.dryRun === true) {
    printSteps(plan, output, 'Would do')
    return output.json(planToJson(plan, false))
  }
  await install(plan, config, output)
  output.json(planToJson(plan, true))
}

function checkInstalled(plan: InstallPlan, output: Output): void {
  printSteps(plan, output, 'Differences')
  output.json(planToJson(plan, false))
  if (plan.steps.length > 0) throw rtbridgeError('RTB_INSTALL_DRIFT', { count: plan.steps.length })
}

function printSteps(plan: InstallPlan, output: Output, title: string): void {
  if (plan.steps.length === 0) {
    output.print(`Nothing to do: ${counted(plan.unchanged.length, 'table')} captured as configured.`)
    return
  }
  output.print(`${title}:`)
  for (const step of plan.steps) output.print(`  - ${describeStep(step)}`)
  if (plan.unchanged.length > 0)
    output.print(`${counted(plan.unchanged.length, 'table')} already as configured.`)
}

async function install(plan: InstallPlan, config: Config, output: Output): Promise<void> {
  if (plan.steps.length === 0) {
    output.print(`Nothing to do: ${counted(plan.unchanged.length, 'table')} captured as configured.`)
  } else {
    await applyPlan(plan, {
      database: commandDatabase(config),
      onStep: step => output.say(`  - ${describeStep(step)}`),
      onRetry: (step, attempt) => output.note(`    ${stepSubject(step)} is in use, attempt ${attempt}`),
    })
    const captured = plan.steps.filter(step => step.kind === 'capture').length
    const released = plan.steps.filter(step => step.kind === 'release').length
    const unchanged = plan.unchanged.length
    output.print(
      `${output.style('green', 'Installed:')} ${counted(captured, 'table')} captured anew, ${released} released, ${unchanged} unchanged.`,
    )
  }
  const missed = plan.steps.filter(step => step.kind === 'capture' && step.missed).map(stepSubject)
  if (missed.length > 0) {
    const names = missed.join(', ')
    output.warn(
      `changes of ${names} made while a trigger was off are not in the journal: apps are told to reload`,
    )
  }
  output.say('next: rtbridge serve, unless a hub runs already')
}
