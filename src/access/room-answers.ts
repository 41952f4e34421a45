import type { NamedQuery } from '../domain/room-rule.ts'

/** Asks the database; yes or no. Rejects when it cannot be asked. */
export type AskDatabase = (query: NamedQuery, values: readonly (string | null)[]) => Promise<boolean>

export interface RoomAnswersOptions {
  readonly ask: AskDatabase
  /** How long an answer is good, yes or no, ms. */
  readonly keepMs: number
  /** Most answers that are kept; above it the oldest go. */
  readonly maxKept: number
  /** Most questions that may be under way; one more is refused. */
  readonly maxAsking: number
  /** Milliseconds of a clock that only grows. */
  readonly now: () => number
}

/** What a full line of questions throws: nobody waits for an answer that may never have its turn. */
export class TooManyQuestions extends Error {}

/** Answers of the database, each kept for a while; who asks what is being asked waits for the same answer. */
export class RoomAnswers {
  readonly #options: RoomAnswersOptions
  readonly #kept = new Map<string, { readonly answer: boolean; readonly until: number }>()
  readonly #asking = new Map<string, Promise<boolean>>()

  constructor(options: RoomAnswersOptions) {
    this.#options = options
  }

  /** Answers kept, and questions under way. */
  get size(): { readonly kept: number; readonly asking: number } {
    return { kept: this.#kept.size, asking: this.#asking.size }
  }

  /** @throws what asking throws, and {@link TooManyQuestions}; a failure is not kept */
  async ask(query: NamedQuery, values: readonly (string | null)[]): Promise<boolean> {
    const { now, maxAsking } = this.#options
    const key = JSON.stringify([query.name, ...values])
    const kept = this.#kept.get(key)
    if (kept !== undefined && now() < kept.until) return kept.answer
    const asking = this.#asking.get(key)
    if (asking !== undefined) return asking
    if (this.#asking.size >= maxAsking)
      throw new TooManyQuestions('too many questions to the database at once')
    const answer = this.#askNow(key, query, values)
    this.#asking.set(key, answer)
    return answer
  }

  async #askNow(key: string, query: NamedQuery, values: readonly (string | null)[]): Promise<boolean> {
    const { ask, keepMs, now, maxKept } = this.#options
    // Good from when it was asked: what changed while it was answered may not be in it.
    const until = now() + keepMs
    try {
      const answer = await ask(query, values)
      this.#kept.delete(key)
      this.#kept.set(key, { answer, until })
      const [oldest] = this.#kept.keys()
      if (this.#kept.size > maxKept && oldest !== undefined) this.#kept.delete(oldest)
      return answer
    } finally {
      this.#asking.delete(key)
    }
  }
}
