import type { Change } from '../domain/change.ts'

/**
 * How long the transaction of a batch that waited longest has waited since its last captured write. That is the last
 * thing known of a transaction before its commit, so the wait includes what the transaction did after it.
 *
 * @param changes at least one, in order of `seq`
 * @param nowMs milliseconds since 1970
 * @param clockOffsetMs how far the database's clock is ahead of the one that `nowMs` is of
 * @returns milliseconds, 0 or more
 */
export function longestWaitMs(
  changes: readonly Pick<Change, 'xid' | 'at'>[],
  nowMs: number,
  clockOffsetMs: number,
): number {
  const lastWrites = new Map<string, string>()
  for (const { xid, at } of changes) lastWrites.set(xid, at)
  let oldest: string | null = null
  for (const at of lastWrites.values()) {
    // Without the `Z` these sort by time, whatever the number of their digits.
    const time = at.slice(0, -1)
    if (oldest === null || time < oldest) oldest = time
  }
  return Math.max(0, nowMs + clockOffsetMs - Date.parse(`${oldest}Z`))
}
