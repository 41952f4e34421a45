export interface SharedRunOptions {
  /** What was found is told again for so long, ms. */
  readonly keepMs: number
  /** Milliseconds of a clock that only grows. */
  readonly now: () => number
}

/**
 * Makes something that costs cheap to ask for: never twice at once, and not again while the last answer is fresh. Whoever
 * asks meanwhile gets the same answer. A failure is nobody's answer but theirs who waited for it.
 */
export function shareRuns<Answer>(
  run: () => Promise<Answer>,
  { keepMs, now }: SharedRunOptions,
): () => Promise<Answer> {
  let running: Promise<Answer> | null = null
  let last: { readonly answer: Answer; readonly at: number } | null = null
  const start = async () => {
    try {
      const answer = await run()
      last = { answer, at: now() }
      return answer
    } finally {
      running = null
    }
  }
  return () => {
    if (last !== null && now() - last.at < keepMs) return Promise.resolve(last.answer)
    running ??= start()
    return running
  }
}
