import type { Played } from './ledger-scenario.ts'
import type { Verdict } from './ledger-verdict.ts'

/** One seed in figures. */
export interface RunFigures {
  readonly seed: number
  readonly changes: number
  readonly transactions: number
  readonly faults: Readonly<Record<string, number>>
  readonly clients: number
  readonly connections: number
  readonly checkpoints: number
  readonly probes: number
  readonly lost: number
  readonly doubled: number
  readonly disordered: number
  readonly torn: number
  readonly seconds: number
}

/** What is worth telling of a run, so that its changes can be forgotten. */
export function figuresOf(
  { truth, faults }: Played,
  verdict: Verdict,
  run: Pick<RunFigures, 'seed' | 'clients' | 'connections' | 'seconds'>,
): RunFigures {
  return {
    ...run,
    changes: truth.steps.length,
    transactions: truth.transactions.size,
    faults,
    checkpoints: verdict.checkpoints,
    probes: truth.probes.length + 1,
    lost: verdict.lost,
    doubled: verdict.doubled,
    disordered: verdict.disordered,
    torn: verdict.torn,
  }
}

/** One line about one run, or about several together. */
export function describeRuns(runs: readonly RunFigures[]): string {
  const sum = (of: (run: RunFigures) => number) => runs.reduce((total, run) => total + of(run), 0)
  const faults: Record<string, number> = {}
  for (const run of runs) {
    for (const [name, count] of Object.entries(run.faults)) faults[name] = (faults[name] ?? 0) + count
  }
  const struck = Object.values(faults).reduce((total, count) => total + count, 0)
  const kinds = Object.entries(faults).map(([name, count]) => `${name} ${count}`)
  return [
    `${sum(run => run.changes)} changes in ${sum(run => run.transactions)} transactions committed`,
    `${struck} faults (${kinds.sort().join(', ')})`,
    `${sum(run => run.clients)} clients, ${sum(run => run.connections)} connections`,
    `${sum(run => run.checkpoints)} checkpoints and ${sum(run => run.probes)} answers of SQL compared`,
    `${sum(run => run.lost)} lost, ${sum(run => run.doubled)} doubled, ${sum(run => run.disordered)} out of order, ${sum(run => run.torn)} torn`,
    `${sum(run => run.seconds).toFixed(0)} s`,
    `seed${runs.length === 1 ? '' : 's'} ${runs.map(run => run.seed).join(' ')}`,
  ].join('; ')
}
