import type { ClientOptions } from '../api/client-options.ts'
import type { Environment } from '../platform/environment.ts'
import { createTimers } from '../platform/timers.ts'

/** What it does. */
export interface PulseEvents {
  /** Asks the other side for a sign of life. */
  ping(): void
  /** It gave none. */
  dead(): void
  /** The machine has slept. */
  woke(): void
}

/** Watches whether the other side lives, and whether time has stood still. */
export interface Pulse {
  /** Nothing for so long is a reason to probe, ms; 0 = there is nothing to probe. */
  heartbeatMs: number
  start(): void
  stop(): void
  /** Something came. */
  heard(): void
  /** Finds out whether the other side is there. */
  probe(): void
}

export function createPulse(
  environment: Environment,
  { probeTimeoutMs = 5_000 }: ClientOptions,
  { ping, dead, woke }: PulseEvents,
): Pulse {
  const { now, monotonicNow } = environment
  const ticks = createTimers(environment)
  const probes = createTimers(environment)
  let isProbing = false
  let heardAt = 0

  const pulse: Pulse = {
    heartbeatMs: 0,

    start() {
      /** How often it is looked whether something came, and whether the clock jumped, ms. */
      const tickMs = 2_000
      /** A tick that is later than this was not slow, the machine slept, ms. */
      const jumpMs = 5_000
      const [wall, steady] = [now(), monotonicNow()]
      ticks.later(() => {
        const passed = Math.max(now() - wall, monotonicNow() - steady)
        pulse.start()
        if (passed > tickMs + jumpMs) woke()
        else if (monotonicNow() - heardAt >= pulse.heartbeatMs) pulse.probe()
      }, tickMs)
    },

    stop: ticks.clear,

    heard() {
      heardAt = monotonicNow()
      isProbing = false
      probes.clear()
    },

    probe() {
      if (pulse.heartbeatMs === 0 || isProbing) return
      isProbing = true
      probes.later(dead, probeTimeoutMs)
      ping()
    },
  }
  return pulse
}
