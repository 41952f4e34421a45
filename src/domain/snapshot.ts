/**
 * An MVCC snapshot as PostgreSQL describes it: every transaction below `xmax` that is not in `xip` had ended.
 * @see https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT
 */
export interface Snapshot {
  /** First xid8 not yet assigned when the snapshot was taken. */
  readonly xmax: bigint
  /** Transactions in progress then, ascending, all below `xmax`. */
  readonly xip: readonly bigint[]
}

/** Reads the text of a `pg_snapshot`, `xmin:xmax:xip,xip,…`. */
export function parseSnapshot(text: string): Snapshot {
  const [, xmax = '', xip = ''] = text.split(':')
  return { xmax: BigInt(xmax), xip: xip === '' ? [] : xip.split(',').map(BigInt) }
}

/** The text PostgreSQL accepts as `pg_snapshot`. */
export function formatSnapshot(snapshot: Snapshot): string {
  return `${snapshotXmin(snapshot)}:${snapshot.xmax}:${snapshot.xip.join(',')}`
}

/** The lowest transaction that was still in progress; everything below it had ended. */
export function snapshotXmin(snapshot: Snapshot): bigint {
  return snapshot.xip[0] ?? snapshot.xmax
}

/** True when a snapshot sees what a transaction did, if it committed. */
export function sees(snapshot: Snapshot, xid: bigint): boolean {
  return xid < snapshot.xmax && !snapshot.xip.includes(xid)
}

/** True when `later` sees everything that `earlier` sees. */
export function covers(later: Snapshot, earlier: Snapshot): boolean {
  if (later.xip.some(xid => sees(earlier, xid))) return false
  if (later.xmax >= earlier.xmax) return true
  // Above `later.xmax` the earlier one must see nothing: all of it has to be in progress there.
  const unseen = earlier.xip.filter(xid => xid >= later.xmax).length
  return BigInt(unseen) === earlier.xmax - later.xmax
}

/** True when both snapshots see exactly the same transactions. */
export function sameSnapshot(a: Snapshot, b: Snapshot): boolean {
  return a.xmax === b.xmax && a.xip.length === b.xip.length && a.xip.every((xid, i) => xid === b.xip[i])
}

/** A snapshot that sees what `snapshot` sees, but for some transactions: as if these were still in progress. */
export function hide(snapshot: Snapshot, xids: readonly bigint[]): Snapshot {
  const hidden = xids.filter(xid => sees(snapshot, xid))
  const xip = [...snapshot.xip, ...hidden].sort((a, b) => (a < b ? -1 : 1))
  return { xmax: snapshot.xmax, xip }
}

/** A snapshot that sees some transactions below its `xmax`, too. */
export function reveal(snapshot: Snapshot, xids: readonly bigint[]): Snapshot {
  const seen = new Set(xids)
  return { xmax: snapshot.xmax, xip: snapshot.xip.filter(xid => !seen.has(xid)) }
}
