import { chmod } from 'node:fs/promises'
import type { Config } from '../../config/config.ts'
import { counted } from '../../domain/counted.ts'
import { RtbridgeError, rtbridgeError, toRtbridgeError } from '../../domain/errors/registry.ts'
import { applyPlan } from '../../install/apply-plan.ts'
import { readCatalogue } from '../../install/catalogue.ts'
import { confirm } from '../confirm.ts'
import { type CommandContext, commandDatabase, withSession } from '../context.ts'
import { stepSubject } from '../install/describe-plan.ts'
import { makePlan } from '../install/make-plan.ts'
import type { Repair } from './check.ts'
import type { Diagnosis } from './diagnose.ts'

/** What `--fix` did about a check. */
export interface Repaired {
  readonly check: string
  /** In words; what was asked, when it was declined. */
  readonly what: string
  readonly state: 'done' | 'declined' | 'failed'
}

/**
 * Does what is safe about what was found, each only after a yes.
 * @param isConfirmed true with `--yes`
 * @throws RTB_COMMAND_UNCONFIRMED where nobody can answer
 */
export async function repairAll(
  diagnoses: readonly Diagnosis[],
  context: CommandContext,
  { config, isConfirmed }: { readonly config: Config; readonly isConfirmed: boolean },
): Promise<readonly Repaired[]> {
  const done: Repaired[] = []
  for (const { check, repair } of listRepairs(diagnoses)) {
    const what = describe(repair)
    if (!(await isWanted(context, what, isConfirmed))) done.push({ check, what, state: 'declined' })
    else done.push({ check, ...(await attempt(repair, config)) })
  }
  return done
}

/** Several findings may ask for the same. */
function listRepairs(diagnoses: readonly Diagnosis[]): { check: string; repair: Repair }[] {
  const repairs = new Map<string, { check: string; repair: Repair }>()
  for (const { name, findings } of diagnoses) {
    for (const { repair } of findings) {
      if (repair !== undefined) repairs.set(JSON.stringify(repair), { check: name, repair })
    }
  }
  return [...repairs.values()]
}

async function isWanted(context: CommandContext, what: string, isConfirmed: boolean): Promise<boolean> {
  if (!isConfirmed && context.host.stdin.isTTY !== true) {
    throw rtbridgeError('RTB_COMMAND_UNCONFIRMED', { what })
  }
  try {
    await confirm(context, what, isConfirmed)
    return true
  } catch (error) {
    if (error instanceof RtbridgeError && error.code === 'RTB_COMMAND_UNCONFIRMED') return false
    throw error
  }
}

function describe(repair: Repair): string {
  if (repair.kind === 'recapture')
    return 'put the triggers of configured tables into order (install-triggers)'
  if (repair.kind === 'prune') return "delete changes that are past the journal's own limits"
  return `take ${repair.path} away from other users (chmod 600)`
}

async function attempt(repair: Repair, config: Config): Promise<Omit<Repaired, 'check'>> {
  try {
    return { what: await carryOut(repair, config), state: 'done' }
  } catch (error) {
    const { code, message } = toRtbridgeError(error, 'doctor')
    return { what: `${describe(repair)}: ${message} (${code})`, state: 'failed' }
  }
}

async function carryOut(repair: Repair, config: Config): Promise<string> {
  if (repair.kind === 'recapture') return recapture(config)
  if (repair.kind === 'prune')
    return `deleted ${counted(await prune(config), 'change')} that were past the journal's limits`
  await chmod(repair.path, 0o600)
  return `made ${repair.path} readable by its owner alone`
}

/** Of the plan of `install-triggers` what adds triggers: nothing is released, no schema changed. */
async function recapture(config: Config): Promise<string> {
  const plan = makePlan(await withSession(config, readCatalogue), config)
  const steps = plan.steps.filter(step => step.kind === 'capture')
  await applyPlan(
    { ...plan, steps },
    { database: commandDatabase(config), onStep: () => {}, onRetry: () => {} },
  )
  const missed = steps.filter(step => step.missed).map(stepSubject)
  const reload =
    missed.length === 0
      ? ''
      : `; changes of ${missed.join(', ')} made meanwhile are lost: apps are told to reload`
  return `captured ${steps.map(stepSubject).join(', ')} anew${reload}`
}

/** Rows of one statement: writers wait for none of it. */
const sliceRows = 10_000

async function prune(config: Config): Promise<number> {
  return withSession(config, async session => {
    let deleted = 0
    for (;;) {
      const [row] = await session.query('SELECT rtbridge.prune($1)::text AS rows', [String(sliceRows)])
      const rows = Number(row?.['rows'] ?? 0)
      if (rows === 0) return deleted
      deleted += rows
    }
  })
}
