/** What stands for everything that has no place of its own. */
export const otherLabel = 'other'

/** One pair of labels and how often it was counted. */
export interface PairCount {
  readonly first: string
  readonly second: string
  readonly count: number
}

/**
 * Counts by pairs of labels. Its memory is bounded: once there are `limit` pairs, every further one is counted as
 * `other`, `other`.
 */
export class PairTally {
  readonly #limit: number
  readonly #cells = new Map<string, Map<string, { count: number }>>()
  #pairs = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Counts one. Cheap for a pair that is known. */
  add(first: string, second: string): void {
    const cell = this.#cells.get(first)?.get(second) ?? this.#newCell(first, second)
    cell.count++
  }

  list(): readonly PairCount[] {
    return [...this.#cells].flatMap(([first, row]) =>
      [...row].map(([second, { count }]) => ({ first, second, count })),
    )
  }

  #newCell(first: string, second: string): { count: number } {
    if (this.#pairs < this.#limit) {
      this.#pairs++
      return this.#place(first, second)
    }
    return this.#cells.get(otherLabel)?.get(otherLabel) ?? this.#place(otherLabel, otherLabel)
  }

  #place(first: string, second: string): { count: number } {
    const row = this.#cells.get(first) ?? new Map<string, { count: number }>()
    const cell = { count: 0 }
    row.set(second, cell)
    this.#cells.set(first, row)
    return cell
  }
}
