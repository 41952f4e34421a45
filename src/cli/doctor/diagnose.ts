import { toRtbridgeError } from '../../domain/errors/registry.ts'
import { type Finding, type Look, problem } from './check.ts'

/** A check with its outcome. */
export interface Diagnosis {
  readonly name: string
  readonly state: 'ok' | 'warning' | 'problem' | 'skipped'
  /** What was found, in a sentence. */
  readonly found: string
  readonly findings: readonly Finding[]
}

export type Outcome = Omit<Diagnosis, 'name'>

/** Asks one question. What it throws is its answer. */
export async function diagnose(look: () => Look | Promise<Look>): Promise<Outcome> {
  try {
    const { found, findings = [], skipped: isSkipped = false } = await look()
    if (isSkipped) return skipped(found)
    const state = findings.some(({ level }) => level === 'problem') ? 'problem' : 'warning'
    if (findings.length === 0) return { state: 'ok', found, findings }
    return { state, found: findings.map(({ what }) => what).join('; '), findings }
  } catch (error) {
    return failed(error)
  }
}

/** @param fix what mends it; default the hint of the error */
export function failed(error: unknown, fix?: string): Outcome {
  const { code, message, hint } = toRtbridgeError(error, 'doctor')
  const what = `${message} (${code})`
  return { state: 'problem', found: what, findings: [problem(what, fix ?? hint.replace(/^run: /, ''))] }
}

export function skipped(found: string): Outcome {
  return { state: 'skipped', found, findings: [] }
}

/** The worst of all answers; what was skipped is no worse than what is well. */
export function worst(diagnoses: readonly Diagnosis[]): 'ok' | 'warning' | 'problem' {
  const has = (wanted: Diagnosis['state']) => diagnoses.some(({ state }) => state === wanted)
  return has('problem') ? 'problem' : has('warning') ? 'warning' : 'ok'
}
