/** A transaction that has become visible. */
export interface NewTransaction {
  readonly xid: bigint
  /** How many changes it made. */
  readonly rows: number
  /** What it changed, by every name that it has: two transactions with a name in common may have changed the same row. */
  readonly tables: readonly string[]
}

/** Transactions that wait, and the tables whose changes therefore have to wait. */
export interface Waiting {
  readonly xids: readonly bigint[]
  readonly tables: ReadonlySet<string>
  /** True when one of them is big. */
  readonly hasBig: boolean
}

export const nobodyWaits: Waiting = { xids: [], tables: new Set(), hasBig: false }

/**
 * Chooses who has to wait: the big ones, and each one that changed a table which one that waits has changed. So no two
 * that are delivered in another order than they were committed in have a row in common.
 *
 * @param news in any order
 * @param tables changed by those that wait already
 * @param bigRows a transaction with more changes is big
 */
export function chooseWaiting(
  news: readonly NewTransaction[],
  tables: ReadonlySet<string>,
  bigRows: number,
): Waiting {
  const touched = new Set(tables)
  const isBig = ({ rows }: NewTransaction) => rows > bigRows
  const waiting = new Set<NewTransaction>()
  let before: number
  do {
    before = waiting.size
    for (const one of news) {
      if (waiting.has(one)) continue
      if (!isBig(one) && !one.tables.some(table => touched.has(table))) continue
      waiting.add(one)
      for (const table of one.tables) touched.add(table)
    }
  } while (waiting.size > before)
  return { xids: [...waiting].map(({ xid }) => xid), tables: touched, hasBig: [...waiting].some(isBig) }
}
