import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { ask } from './api.ts'

/** What was asked for at intervals. */
export interface Poll<Answer> {
  /** The last answer; null before the first. */
  readonly answer: Answer | null
  /** Why the last attempt failed; null when it did not. */
  readonly error: unknown
  /** Asks now. */
  readonly refresh: () => void
}

/** How often the hub is asked, ms. */
export const pollEveryMs = 2_000

/**
 * Asks the hub now and every two seconds while the page is visible.
 * @param onAnswer called with each answer
 */
export function usePoll<Answer>(path: string, onAnswer?: (answer: Answer) => void): Poll<Answer> {
  const [found, setFound] = useState<{ answer: Answer | null; error: unknown }>({ answer: null, error: null })
  const listener = useRef(onAnswer)
  listener.current = onAnswer
  const look = useCallback(async () => {
    if (document.hidden) return
    try {
      const answer = await ask<Answer>(path)
      setFound({ answer, error: null })
      listener.current?.(answer)
    } catch (error) {
      setFound(last => ({ ...last, error }))
    }
  }, [path])
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>
    let isOver = false
    const run = async () => {
      await look()
      if (!isOver) timer = setTimeout(run, pollEveryMs)
    }
    void run()
    document.addEventListener('visibilitychange', look)
    return () => {
      isOver = true
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [look])
  return { ...found, refresh: () => void look() }
}
