import { createHook } from 'node:async_hooks'

/** A timer that has neither fired for the last time nor been cleared. */
export interface RunningTimer {
  readonly timer: NodeJS.Timeout
  /** Keeps the stack of its creation; reading that is slow, so it is done for leaks only. */
  readonly created: Error
}

const running = new Map<number, RunningTimer>()

createHook({
  init(id, type, _trigger, resource) {
    if (type === 'Timeout') running.set(id, { timer: resource as NodeJS.Timeout, created: new Error() })
  },
  destroy(id) {
    running.delete(id)
  },
}).enable()

/** The timers that keep the process alive now, without those that the test runner or Node made for itself. */
export function readRunningTimers(): RunningTimer[] {
  return [...running.values()].filter(entry => {
    const origin = entry.timer.hasRef() ? originOf(entry) : null
    return origin !== null && !origin.includes('vitest')
  })
}

/** The line that made the timer: the first of its stack that is neither Node's nor of the check. Null without one. */
export function originOf({ created }: RunningTimer): string | null {
  const frames = created.stack?.split('\n').slice(1) ?? []
  const isForeign = (frame: string) =>
    frame.includes('/') && !/node:|running-timers|leak-check\.ts/.test(frame)
  return frames.find(isForeign)?.trim() ?? null
}
