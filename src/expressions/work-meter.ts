import { EvaluationFailure } from './evaluation-failure.ts'

/**
 * Work one evaluation may do, in units of about one small step. A full budget was measured at 10 to 90 ms on one
 * core; an ordinary rule spends none, because only loops and regular expressions are charged.
 */
export const workBudget = 500_000

/** Work that several evaluations share; they leave less of it. */
export interface WorkBudget {
  left: number
}

/** Long texts cost a unit for each of these, code units; long lists one for each of these, elements. */
const textPerUnit = 1_024
const elementsPerUnit = 16

/**
 * Bounds what one evaluation can cost. Loops pay before they start: the number of elements times the size of their
 * body, and more for long texts, so that neither nested loops nor texts that double can get out of hand.
 */
export class WorkMeter {
  #left = workBudget
  #rowUnits = 1
  #refusal: EvaluationFailure | null = null

  /** What the evaluation may still spend; below 0 when it spent too much. */
  get left(): number {
    return this.#left
  }

  /**
   * Starts an evaluation over rows of `rowLength` code units together.
   * @param units what it may spend, default the most that one evaluation may
   */
  start(rowLength: number, units = workBudget): void {
    this.#left = Math.min(units, workBudget)
    this.#refusal = null
    this.#rowUnits = 1 + Math.ceil(rowLength / textPerUnit)
  }

  /**
   * Charges a loop before it runs.
   * @param collection what it goes over; anything else costs nothing and is left for CEL to refuse
   * @param bodySize steps of one round
   * @param wholeRow true when a round can touch whole columns, so that it may cost as much as the row is long
   */
  chargeLoop(collection: unknown, bodySize: number, wholeRow: boolean): void {
    const perRound = bodySize * (wholeRow ? this.#rowUnits : 1)
    if (Array.isArray(collection)) {
      this.charge(collection.length * perRound)
      for (const item of collection) this.charge(weightOf(item) * bodySize)
    } else if (collection instanceof Map || collection instanceof Set) {
      this.charge(collection.size * perRound)
    } else if (typeof collection === 'object' && collection !== null) {
      this.charge(Object.keys(collection).length * perRound)
    }
  }

  /** Charges a value that was put together, by its length. */
  chargeSize(value: unknown): void {
    if (typeof value === 'string') this.charge(value.length / textPerUnit)
    else if (Array.isArray(value)) this.charge(value.length / elementsPerUnit)
  }

  /** @throws EvaluationFailure when the budget is spent */
  charge(units: number): void {
    this.#left -= units
    if (this.#left >= 0) return
    // CEL's `exists` and `all` go on after a failure: a new error, with its stack, for each element would cost the
    // budget many times over.
    this.#refusal ??= new EvaluationFailure('it takes too much work: fewer or smaller loops are needed')
    throw this.#refusal
  }
}

function weightOf(item: unknown): number {
  if (typeof item === 'string' || Array.isArray(item)) return Math.floor(item.length / textPerUnit)
  return item instanceof Map ? Math.floor(item.size / textPerUnit) : 0
}
