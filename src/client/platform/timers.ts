import type { Environment } from './environment.ts'

export type Timers = ReturnType<typeof createTimers>

/** Timers that end together. */
export function createTimers({ setTimeout, clearTimeout }: Environment) {
  const running = new Set<unknown>()
  return {
    /** Does something after `ms`, unless it is cleared before. */
    later(work: () => void, ms: number): void {
      const timer = setTimeout(() => {
        running.delete(timer)
        work()
      }, ms)
      running.add(timer)
    },

    clear(): void {
      for (const timer of running) clearTimeout(timer)
      running.clear()
    },
  }
}
