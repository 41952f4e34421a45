import { parseCursor } from '../../src/domain/cursor.ts'
import { covers, type Snapshot } from '../../src/domain/snapshot.ts'
import { lowerBound } from '../support/lower-bound.ts'
import type { Step } from './ledger-truth.ts'

/** What a client lived through. */
export interface Journey {
  /** Its stream: what came up to its last cursor, each event id once, in order. */
  readonly stream: readonly Step[]
  /** What it was ever given, each event id once, in the order of the first arrival. */
  readonly applied: readonly Step[]
  /** The checkpoints, in order, each with the length of the stream then. */
  readonly checkpoints: readonly { readonly cursor: string; readonly count: number }[]
}

/** What is wrong with a journey, in words; all empty when the promises were kept. */
export interface Findings {
  /** Committed, meant for this client, and never in its stream. */
  readonly lost: readonly string[]
  /** The same version of a row twice, under different event ids. */
  readonly doubled: readonly string[]
  /** A version of a row that did not come after the one before it. */
  readonly disordered: readonly string[]
  /** Checkpoints after which the client did not have exactly what their snapshot sees. */
  readonly torn: readonly string[]
  /** Committed, but not meant for this client. */
  readonly outside: readonly string[]
  /** Never committed, or under another transaction. */
  readonly phantoms: readonly string[]
}

/** What the journey is measured with. */
export interface Expectation {
  /** Every committed change there is. */
  readonly all: ReadonlyMap<number, Step>
  /** Those that are meant for this client; none was committed before its stream began. */
  readonly wanted: readonly Step[]
}

/** Steps by {@link identify}. */
export function indexSteps(steps: readonly Step[]): Map<number, Step> {
  return new Map(steps.map(step => [identify(step), step]))
}

/** Compares what a client lived through with what was committed. */
export function checkJourney(journey: Journey, { all, wanted }: Expectation): Findings {
  const meant = indexSteps(wanted)
  const has = new Set(journey.stream.map(identify))
  const ever = journey.applied
  const isPhantom = (step: Step) => all.get(identify(step))?.xid !== step.xid
  return {
    lost: wanted.filter(step => !has.has(identify(step))).map(describe),
    doubled: findDoubled(ever),
    disordered: [...findDisordered(journey.stream), ...findDisordered(ever)],
    torn: findTorn(journey, wanted),
    outside: ever.filter(step => !meant.has(identify(step)) && !isPhantom(step)).map(describe),
    phantoms: ever.filter(isPhantom).map(describe),
  }
}

/** True when nothing was found. */
export function isClean(findings: Findings): boolean {
  return Object.values(findings).every(list => list.length === 0)
}

/** The newest version of each row that a snapshot sees: what SQL returns there. */
export function stateAt(steps: readonly Step[], snapshot: Snapshot): Map<number, number> {
  const running = new Set(snapshot.xip.map(Number))
  const xmax = Number(snapshot.xmax)
  const state = new Map<number, number>()
  for (const { slot, n, xid } of steps) {
    if (xid < xmax && !running.has(xid) && n > (state.get(slot) ?? 0)) state.set(slot, n)
  }
  return state
}

/** What an app has in its table that puts every event there as it comes. */
export function stateAfter(stream: readonly Step[], count: number): Map<number, number> {
  const state = new Map<number, number>()
  for (let at = 0; at < count; at++) {
    const step = stream[at]
    if (step !== undefined) state.set(step.slot, step.n)
  }
  return state
}

/** One number for one version of one row. */
export function identify({ slot, n }: Step): number {
  return slot * 2 ** 20 + n
}

function describe({ slot, n, xid }: Step): string {
  return `row ${slot} version ${n} of transaction ${xid}`
}

function findDoubled(steps: readonly Step[]): string[] {
  const seen = new Set<number>()
  return steps
    .filter(step => {
      const isNew = !seen.has(identify(step))
      seen.add(identify(step))
      return !isNew
    })
    .map(describe)
}

function findDisordered(steps: readonly Step[]): string[] {
  const last = new Map<number, number>()
  const found: string[] = []
  for (const step of steps) {
    const before = last.get(step.slot) ?? 0
    if (step.n < before) found.push(`${describe(step)} after version ${before}`)
    last.set(step.slot, step.n)
  }
  return found
}

/**
 * At each checkpoint: no transaction is there in part, what is there is what the checkpoint's snapshot sees, and it is
 * as much. Since each transaction is met once, all checkpoints together cost one walk along the stream.
 */
function findTorn({ stream, checkpoints }: Journey, wanted: readonly Step[]): string[] {
  const sizes = new Map<number, number>()
  for (const { xid } of wanted) sizes.set(xid, (sizes.get(xid) ?? 0) + 1)
  const xids = [...sizes.keys()].sort((a, b) => a - b)
  const open = new Map<number, number>()
  const found: string[] = []
  let [at, whole, isWhole]: [number, number, boolean] = [0, 0, true]
  let previous: Snapshot | null = null
  for (const { cursor, count } of checkpoints) {
    const { snapshot } = parseCursor(cursor)
    const sees = seenBy(snapshot)
    const fresh = new Set<number>()
    for (; at < count; at++) {
      const xid = stream[at]?.xid ?? 0
      const left = (open.get(xid) ?? sizes.get(xid) ?? 0) - 1
      fresh.add(xid)
      if (left === 0) open.delete(xid)
      else open.set(xid, left)
      if (left === 0) whole++
    }
    const invisible = [...fresh].filter(xid => !sees(xid)).length
    const visible = countSeen(xids, snapshot)
    isWhole = open.size === 0 && invisible === 0 && visible === whole
    if (previous !== null && !covers(snapshot, previous)) found.push(`after ${count}: goes back`)
    previous = snapshot
    if (!isWhole) {
      found.push(
        `after ${count}: ${whole} of ${visible} transactions, ${open.size} in part, ${invisible} too early`,
      )
    }
  }
  return found
}

function seenBy(snapshot: Snapshot): (xid: number) => boolean {
  const running = new Set(snapshot.xip.map(Number))
  const xmax = Number(snapshot.xmax)
  return xid => xid < xmax && !running.has(xid)
}

/** How many of some transactions, sorted, a snapshot sees. */
function countSeen(xids: readonly number[], snapshot: Snapshot): number {
  const below = lowerBound(xids, Number(snapshot.xmax))
  const running = snapshot.xip.filter(xid => xids[lowerBound(xids, Number(xid))] === Number(xid))
  return below - running.length
}
