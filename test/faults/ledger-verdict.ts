import { parseCursor } from '../../src/domain/cursor.ts'
import { covers } from '../../src/domain/snapshot.ts'
import { waitFor } from '../support/wait-for.ts'
import { checkJourney, type Findings, indexSteps, isClean, stateAfter, stateAt } from './ledger-checker.ts'
import type { LedgerDesk } from './ledger-desks.ts'
import type { Played, Stage } from './ledger-scenario.ts'
import { isToken, keyCount, type Probe, type Step, type Truth, tokenSlot } from './ledger-truth.ts'

/** What is wrong, in words; nothing when every promise was kept. */
export interface Verdict {
  readonly problems: readonly string[]
  readonly lost: number
  readonly doubled: number
  readonly disordered: number
  /** Checkpoints that were not what their snapshot sees. */
  readonly torn: number
  /** Checkpoints at which every client was compared, in all. */
  readonly checkpoints: number
}

/** Checkpoints of a client at which its table is compared row by row; all are compared by transactions. */
const comparedStates = 40
const shownProblems = 5
/** Time for a client that is connected to a live hub to get what is left, ms. */
const restWithinMs = 120_000

/**
 * Brings every client to the end of the ledger, over one connection, without help from others: whoever is live has to
 * deliver.
 */
export async function bringToRest({ desks, urls }: Stage, { truth }: Played): Promise<void> {
  const rests = desks.map(async ({ desk }, index) => {
    if (!desk.isRegistered) await desk.connect(urls[index % urls.length] ?? '')
    const isThere = () => {
      const last = desk.checkpoints.at(-1)
      return last !== undefined && covers(parseCursor(last.cursor).snapshot, truth.end.snapshot)
    }
    const message = () => `"${desk.name}" was at the end; ${desk.events.length} events, gaps: ${desk.gaps}`
    await waitFor(isThere, { timeoutMs: restWithinMs, intervalMs: 50, message })
  })
  await Promise.allSettled(rests)
  await Promise.all(rests)
}

/** Compares everything that clients and SQL saw with the ledger. */
export function judge({ desks, hubs }: Stage, { truth, writers }: Played): Verdict {
  const all = indexSteps(truth.steps)
  const results = desks.map(desk => {
    const wanted = truth.steps.filter(desk.kind.wants)
    const { events: stream, applied, checkpoints } = desk.desk
    const findings = checkJourney({ stream, applied, checkpoints }, { all, wanted })
    return {
      desk,
      findings,
      problems: [...describeFindings(desk, findings), ...checkDesk(desk, wanted, truth)],
    }
  })
  const undone = writers.acknowledged.filter(tx => !truth.transactions.has(tx))
  const problems = [
    ...results.flatMap(result => result.problems),
    ...sample('acknowledged and not there', undone.map(String)),
    ...hubs.flatMap(hub => sample('a hub ended by itself', hub.unexpectedEnds)),
    ...[...truth.probes, truth.end].flatMap(probe =>
      sample('the ledger is not what SQL saw', checkProbe(probe, truth)),
    ),
  ]
  const count = (kind: keyof Findings) =>
    results.reduce((sum, { findings }) => sum + findings[kind].length, 0)
  return {
    problems,
    lost: count('lost'),
    doubled: count('doubled'),
    disordered: count('disordered'),
    torn: count('torn'),
    checkpoints: desks.reduce((sum, { desk }) => sum + desk.checkpoints.length, 0),
  }
}

function describeFindings({ kind }: LedgerDesk, findings: Findings): string[] {
  if (isClean(findings)) return []
  return Object.entries(findings).flatMap(([what, list]) => sample(`"${kind.name}": ${what}`, list))
}

/** What concerns one client beside its stream: answers it must not get, its filter, and its table at checkpoints. */
function checkDesk(
  { kind, desk, wrongTransitions }: LedgerDesk,
  wanted: readonly Step[],
  truth: Truth,
): string[] {
  const problems = [
    ...sample('gap', desk.gaps.map(String)),
    ...sample(
      'error',
      desk.errors.map(error => JSON.stringify(error)),
    ),
    ...sample('transition', wrongTransitions),
    ...checkStates(desk, wanted),
  ]
  if (desk.events.length !== wanted.length) problems.push(`${desk.events.length} of ${wanted.length} events`)
  if (kind.holds !== undefined) {
    const state = stateAfter(desk.events, desk.events.length)
    problems.push(...sample('its filtered table', checkFiltered(kind.holds, state, truth)))
  }
  return problems.map(problem => `"${kind.name}": ${problem}`)
}

/** At some of its checkpoints, the last one among them: the table of a client that put every event there. */
function checkStates({ events, checkpoints }: LedgerDesk['desk'], wanted: readonly Step[]): string[] {
  const stride = Math.max(1, Math.floor(checkpoints.length / comparedStates))
  return checkpoints.flatMap(({ cursor, count }, index) => {
    if (index % stride !== 0 && index !== checkpoints.length - 1) return []
    const wrong = difference(stateAt(wanted, parseCursor(cursor).snapshot), stateAfter(events, count))
    return sample(`its table at checkpoint ${index}`, wrong)
  })
}

/** The rows that a filter holds at the end are those that SQL finds with the same condition. */
function checkFiltered(
  holds: (key: number, n: number) => boolean,
  state: ReadonlyMap<number, number>,
  { end }: Truth,
): string[] {
  return end.versions.flatMap((n, index) => {
    const key = index + 1
    const has = holds(key, state.get(key) ?? 0)
    return has === holds(key, n) ? [] : [`row ${key} is ${has ? '' : 'not '}there`]
  })
}

/** The ledger's word on a snapshot is SQL's word on it. */
function checkProbe({ snapshot, versions, tokens }: Probe, { steps }: Truth): string[] {
  const state = stateAt(steps, snapshot)
  const seen = new Map<number, number>()
  versions.forEach((n, index) => {
    if (n > 0) seen.set(index + 1, n)
  })
  for (const id of tokens) seen.set(tokenSlot(id), 1)
  for (const [slot, n] of state) if (isToken(slot) && n === 2) state.delete(slot)
  return versions.length === keyCount ? difference(state, seen) : [`${versions.length} rows`]
}

function difference(expected: ReadonlyMap<number, number>, actual: ReadonlyMap<number, number>): string[] {
  const slots = new Set([...expected.keys(), ...actual.keys()])
  return [...slots]
    .filter(slot => expected.get(slot) !== actual.get(slot))
    .map(slot => `row ${slot}: ${actual.get(slot)}, not ${expected.get(slot)}`)
}

function sample(what: string, list: readonly string[]): string[] {
  if (list.length === 0) return []
  return [`${what}, ${list.length}: ${list.slice(0, shownProblems).join('; ')}`]
}
