/** Something that may have died without a word. */
export interface Probed {
  /** When something was heard of it, on the clock of the heartbeat. */
  readonly heardAt: number
  /** Probes since then. */
  readonly probes: number
  /** It is on its way out, and not looked at. */
  readonly isOver: boolean
  /** Makes it say something. */
  probe(): void
  /** Nothing was heard of it for too long: from here on it is over. */
  giveUp(): void
}

export interface HeartbeatOptions {
  /** Pause between two probes, milliseconds. */
  readonly intervalMs: number
  /** Of which nothing was heard for so long is dead, milliseconds; at least two probes are given a chance. */
  readonly idleMs: number
  /** Milliseconds of a clock that only grows. */
  readonly now: () => number
}

/** Probes that must be left without an answer. */
const leastMisses = 2

/**
 * Probes everybody, with one timer.
 * @param present those who are there
 * @returns ends it
 */
export function startHeartbeat(
  present: () => Iterable<Probed>,
  { intervalMs, idleMs, now }: HeartbeatOptions,
): () => void {
  const timer = setInterval(() => {
    for (const each of present()) {
      if (each.isOver) continue
      if (each.probes >= leastMisses && now() - each.heardAt >= idleMs) each.giveUp()
      else each.probe()
    }
  }, intervalMs)
  timer.unref()
  return () => clearInterval(timer)
}
