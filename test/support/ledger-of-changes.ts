import type { Change } from '../../src/domain/change.ts'
import { withoutRepeats } from './counter-table.ts'
import { lowerBound } from './lower-bound.ts'

/** What a receiver was given, in the form of `readLedger`. */
export function ledgerOf(changes: readonly Change[]): Map<string, string> {
  const transactions = new Map<string, string[]>()
  for (const { key, n, tx } of withoutRepeats(changes).map(entryOf)) {
    const entries = transactions.get(tx)
    if (entries === undefined) transactions.set(tx, [`${key}:${n}`])
    else entries.push(`${key}:${n}`)
  }
  return new Map([...transactions].map(([tx, entries]) => [tx, entries.sort().join()]))
}

/** Where the counter of a key does not rise by one from change to change: empty when nothing is lost or out of order. */
export function orderViolations(changes: readonly Change[]): string[] {
  const last = new Map<number, number>()
  const violations: string[] = []
  for (const { key, n } of withoutRepeats(changes).map(entryOf)) {
    const before = last.get(key) ?? 0
    if (n !== before + 1) violations.push(`key ${key}: ${n} after ${before}`)
    last.set(key, n)
  }
  return violations
}

/**
 * The transactions that a checkpoint cuts in two: empty when after each checkpoint what was received is whole.
 * @param checkpoints how many changes had come before each
 */
export function tornTransactions(changes: readonly Change[], checkpoints: readonly number[]): string[] {
  const seen = new Set<string>()
  const spans = new Map<string, { first: number; last: number }>()
  changes.forEach(({ seq, xid }, position) => {
    if (seen.has(seq)) return
    seen.add(seq)
    const span = spans.get(xid)
    if (span === undefined) spans.set(xid, { first: position, last: position })
    else span.last = position
  })
  const cuts = [...new Set(checkpoints)].sort((a, b) => a - b)
  const isTorn = ({ first, last }: { first: number; last: number }) => {
    const cut = cuts[lowerBound(cuts, first + 1)]
    return cut !== undefined && cut <= last
  }
  return [...spans].filter(([, span]) => isTorn(span)).map(([xid]) => xid)
}

function entryOf(change: Change): { key: number; n: number; tx: string } {
  return JSON.parse(change.newRow ?? '{}')
}
