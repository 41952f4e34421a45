/** Pause between two looks, ms. */
const everyMs = 100

/**
 * Takes, ten times a second, how much later than asked for the event loop comes to a timer. Keeps no process running.
 * @param report told of each delay, milliseconds
 * @returns ends it
 */
export function watchEventLoop(report: (delayMs: number) => void): () => void {
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    report(Math.max(0, now - last - everyMs))
    last = now
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
