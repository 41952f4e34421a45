/** What stands for everything that has no place of its own. */
export const otherLabel = 'other'

/** One pair of labels and how often it was counted. */
export interface PairCount {
  readonly first: string
  readonly second: string
  readonly count: number
  /** When the last one was, as it was told; null when it was not. */
  readonly lastAt: string | null
}

type Cell = { -readonly [Field in keyof PairCount]: PairCount[Field] }

/**
 * Counts by pairs of labels. Its memory is bounded: once there are `limit` pairs, every further one is counted as
 * `other`, `other`.
 */
export class PairTally {
  readonly #limit: number
  readonly #cells = new Map<string, Map<string, Cell>>()
  /** The same in the order in which they came. */
  readonly #inOrder: Cell[] = []
  /** What has no place of its own. */
  readonly #rest: Cell = { first: otherLabel, second: otherLabel, count: 0, lastAt: null }

  constructor(limit: number) {
    this.#limit = limit
  }

  /**
   * Counts one. Cheap for a pair that is known.
   * @param at when it was, RFC 3339; default unknown
   */
  add(first: string, second: string, at: string | null = null): void {
    const cell = this.#cells.get(first)?.get(second) ?? this.#newCell(first, second)
    cell.count++
    cell.lastAt = at
  }

  /**
   * All of it, or the first `most` pairs that there were, and what came later as `other`: a pair keeps its place.
   * @param most default all
   */
  list(most = this.#limit): readonly PairCount[] {
    const rest = this.#inOrder.slice(most).reduce(sum, this.#rest)
    const pairs = this.#inOrder.slice(0, most).map(cell => ({ ...cell }))
    return rest.count === 0 ? pairs : [...pairs, { ...rest }]
  }

  #newCell(first: string, second: string): Cell {
    const isRest = first === otherLabel && second === otherLabel
    if (isRest || this.#inOrder.length >= this.#limit) return this.#rest
    const cell = { first, second, count: 0, lastAt: null }
    const row = this.#cells.get(first) ?? new Map<string, Cell>()
    this.#cells.set(first, row.set(second, cell))
    this.#inOrder.push(cell)
    return cell
  }
}

function sum(rest: Cell, { count, lastAt }: PairCount): Cell {
  return { ...rest, count: rest.count + count, lastAt: latest(rest.lastAt, lastAt) }
}

/** The later one of two times of the same form, whose texts are in their order. */
export function latest(one: string | null, other: string | null): string | null {
  return (one ?? '') > (other ?? '') ? one : other
}
