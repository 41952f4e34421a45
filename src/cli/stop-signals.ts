import { constants } from 'node:os'

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

/**
 * Runs `work` until it ends by itself or the user wants it to: the first signal aborts, a second one ends the
 * process at once.
 *
 * @param signals default SIGINT and SIGTERM
 */
export async function untilStopped<T>(
  work: (signal: AbortSignal) => Promise<T>,
  signals: readonly StopSignal[] = ['SIGINT', 'SIGTERM'],
): Promise<T> {
  const stop = new AbortController()
  const listeners = signals.map(name => {
    const listener = () => {
      if (stop.signal.aborted) process.exit(128 + constants.signals[name])
      stop.abort(name)
    }
    return { name, listener }
  })
  for (const { name, listener } of listeners) process.on(name, listener)
  try {
    return await work(stop.signal)
  } finally {
    for (const { name, listener } of listeners) process.off(name, listener)
  }
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
