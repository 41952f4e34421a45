/** A row of the model; `isBig` ones are too big for the journal. */
export interface ModelRow {
  readonly id: number
  readonly g: number
  readonly n: number | null
  readonly label: string
  readonly isBig: boolean
}

/** One change, as the journal has it. */
export interface ModelChange {
  readonly table: string
  readonly op: 'INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE'
  readonly before: ModelRow | null
  readonly after: ModelRow | null
}

export type ModelTransaction = readonly ModelChange[]

/** Numbers that a seed decides, below `below`. */
export type Random = (below: number) => number

export function createRandom(seed: number): Random {
  let state = seed >>> 0
  return below => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** What a live table selects, in the words of the model. */
export interface ModelQuery {
  readonly table: string
  readonly group: number | null
  readonly order: readonly { column: 'id' | 'n' | 'label'; desc: boolean; nullsFirst: boolean }[]
  readonly limit: number | null
}

const labels = ['', 'a', 'Z', 'é', '\uFFFD', '😀', 'aa', 'ab']

/** A database of two tables, with every state it ever had. */
export class ModelDatabase {
  readonly transactions: ModelTransaction[] = []
  readonly #states: ReadonlyMap<string, ReadonlyMap<number, ModelRow>>[] = [
    new Map([
      ['a', new Map()],
      ['b', new Map()],
    ]),
  ]

  /** Rows after the first `count` transactions. */
  rows(count: number, table: string): ModelRow[] {
    return [...(this.#states[count]?.get(table)?.values() ?? [])]
  }

  /** What SQL would return then. */
  select(count: number, { table, group, order, limit }: ModelQuery): ModelRow[] {
    const rows = this.rows(count, table).filter(({ g }) => group === null || g === group)
    rows.sort((x, y) => {
      for (const { column, desc, nullsFirst } of order) {
        const [a, b] = [x[column], y[column]]
        if (a === b) continue
        if (a === null || b === null) return (a === null) === nullsFirst ? -1 : 1
        const isLess = typeof a === 'string' ? lessText(a, String(b)) : Number(a) < Number(b)
        return isLess === desc ? 1 : -1
      }
      return x.id - y.id
    })
    return rows.slice(0, limit ?? rows.length)
  }

  /**
   * Commits a transaction of some changes.
   * @param bigOneIn one of so many rows is too big; 0 = none
   * @param bias 1: it fills the tables, 2: it empties them, from the first rows on; 0: it does both
   */
  commit(random: Random, changes: number, bigOneIn: number, bias = random(3)): void {
    const latest: ReadonlyMap<string, ReadonlyMap<number, ModelRow>> = this.#states.at(-1) ?? new Map()
    const state = new Map([...latest].map(([name, rows]) => [name, new Map(rows)] as const))
    const log: ModelChange[] = []
    for (let n = 0; n < changes; n++) {
      const table = random(3) === 0 ? 'b' : 'a'
      log.push(...changeRows(table, state.get(table) ?? new Map(), random, bigOneIn, bias))
    }
    if (log.length === 0) return
    this.transactions.push(log)
    this.#states.push(state)
  }
}

function changeRows(
  table: string,
  rows: Map<number, ModelRow>,
  random: Random,
  bigOneIn: number,
  bias: number,
): ModelChange[] {
  const ids = [...rows.keys()]
  const first = bias === 2 && random(4) > 0
  const some = rows.get(first ? Math.min(...ids) : (ids[random(ids.length || 1)] ?? -1))
  const free = 1 + random(99)
  const content = () => ({
    g: random(2),
    n: random(4) === 0 ? null : random(5),
    label: labels[random(labels.length)] ?? '',
    isBig: bigOneIn > 0 && random(bigOneIn) === 0,
  })
  const kind = random(8) > 0 && bias > 0 ? (bias === 1 ? 24 : 30) : random(60)
  if (kind === 0) {
    // Of a partitioned table one partition.
    for (const row of rows.values()) if (table === 'a' || row.g === 0) rows.delete(row.id)
    return [{ table, op: 'TRUNCATE', before: null, after: null }]
  }
  if (kind === 1) return swapKeys(table, rows, ids, random)
  if (kind < 25) {
    if (rows.has(free)) return []
    const after = { id: free, ...content() }
    rows.set(free, after)
    return [{ table, op: 'INSERT', before: null, after }]
  }
  if (some === undefined) return []
  rows.delete(some.id)
  if (kind < 38) return [{ table, op: 'DELETE', before: some, after: null }]
  const id = kind < 42 && !rows.has(free) ? free : some.id
  const after = random(3) === 0 ? { ...some, id, label: labels[random(8)] ?? '' } : { id, ...content() }
  rows.set(id, after)
  return [{ table, op: 'UPDATE', before: some, after }]
}

/** Two rows change places in one transaction; the constraint is deferred. */
function swapKeys(table: string, rows: Map<number, ModelRow>, ids: number[], random: Random): ModelChange[] {
  const [one, two] = [
    rows.get(ids[random(ids.length || 1)] ?? -1),
    rows.get(ids[random(ids.length || 1)] ?? -1),
  ]
  if (one === undefined || two === undefined || one === two) return []
  rows.set(two.id, { ...one, id: two.id })
  rows.set(one.id, { ...two, id: one.id })
  return [
    { table, op: 'UPDATE', before: one, after: { ...one, id: two.id } },
    { table, op: 'UPDATE', before: two, after: { ...two, id: one.id } },
  ]
}

function lessText(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)]
  return Buffer.compare(x, y) < 0
}
