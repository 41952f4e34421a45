/** Names of the steps a change takes, in order. Stable: programs know them by these. */
export const stepNames = [
  'table',
  'triggers',
  'transaction',
  'journal',
  'hub',
  'read',
  'durability',
  'rules',
  'access',
  'clients',
] as const
export type StepName = (typeof stepNames)[number]

/** One step, and what was seen there. */
export interface TraceStep {
  readonly name: StepName
  /**
   * `ok`: the change passed it; `warning`: it did, and something is not as it should be; `dropped`: it went no further;
   * `waiting`: it has yet to pass; `skipped`: nobody can tell, and `found` says why.
   */
  readonly state: 'ok' | 'warning' | 'dropped' | 'waiting' | 'skipped'
  /** In a sentence. */
  readonly found: string
  readonly details: readonly string[]
  /** A command, or what to do; null when nothing is to be done. */
  readonly hint: string | null
}

/** Makes a step. */
export function step(
  name: StepName,
  state: TraceStep['state'],
  found: string,
  { details = [], hint = null }: { readonly details?: readonly string[]; readonly hint?: string | null } = {},
): TraceStep {
  return { name, state, found, details, hint }
}

/** The verdict over all steps. */
export interface Verdict {
  /** `unknown`: nothing dropped it as far as could be seen, and the rest could not be seen. */
  readonly state: 'delivered' | 'dropped' | 'waiting' | 'unknown'
  /** The step that decided; null when it was delivered. */
  readonly at: StepName | null
  readonly summary: string
  readonly hint: string | null
}

/** Judges: the first step that dropped it or where it waits decides. */
export function judgeSteps(steps: readonly TraceStep[]): Verdict {
  const open = steps.find(({ name, state }) => name === 'transaction' && state === 'waiting')
  const stopped = steps.find(({ state }) => state === 'dropped' || state === 'waiting')
  // A transaction that has not committed is why the journal has nothing.
  const decisive = stopped?.name === 'journal' && open !== undefined ? open : stopped
  if (decisive !== undefined) {
    const { name, state, found, hint } = decisive
    return { state: state === 'waiting' ? 'waiting' : 'dropped', at: name, summary: found, hint }
  }
  const clients = steps.find(({ name }) => name === 'clients')
  if (clients?.state === 'ok' || clients?.state === 'warning') {
    return { state: 'delivered', at: null, summary: clients.found, hint: null }
  }
  const unseen = steps.find(({ state }) => state === 'skipped') ?? clients
  const summary = `nothing dropped it as far as can be seen; ${unseen?.found}`
  return { state: 'unknown', at: unseen?.name ?? null, summary, hint: unseen?.hint ?? null }
}
