/** Pause between two looks at a loop that has work, and at one that has none, ms. */
const [busyMs, restMs] = [100, 5_000]
/** A loop that worked for less of the time since the last look has none. */
const restShare = 0.02

/**
 * Takes how much later than asked for the event loop comes to a timer: ten times a second, and every five seconds while it has
 * nothing to do, so that a hub at rest is not woken by its own measuring. Keeps no process running.
 * @param report told of each delay, milliseconds
 * @returns ends it
 */
export function watchEventLoop(report: (delayMs: number) => void): () => void {
  let timer: NodeJS.Timeout
  let used = performance.eventLoopUtilization()
  const lookAfter = (pauseMs: number) => {
    const due = performance.now() + pauseMs
    timer = setTimeout(() => {
      report(Math.max(0, performance.now() - due))
      const total = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(total, used)
      used = total
      lookAfter(utilization < restShare ? restMs : busyMs)
    }, pauseMs).unref()
  }
  lookAfter(busyMs)
  return () => clearTimeout(timer)
}
