import type { Environment } from '../platform/environment.ts'
import { Timers } from '../platform/timers.ts'

/** How often it is looked whether something came, and whether the clock jumped, ms. */
const tickMs = 2_000
/** A tick that is later than this was not slow, the machine slept, ms. */
const jumpMs = 5_000

export interface PulseOptions {
  readonly environment: Environment
  readonly probeTimeoutMs: number
  /** Asks the other side for a sign of life. */
  ping(): void
  /** It gave none. */
  dead(): void
  /** The machine has slept. */
  woke(): void
}

/** Watches whether the other side lives, and whether time has stood still. */
export class Pulse {
  readonly #options: PulseOptions
  readonly #tick: Timers
  readonly #probe: Timers
  #isProbing = false
  #heardAt = 0
  /** Nothing for so long is a reason to probe, ms; 0 = there is nothing to probe. */
  heartbeatMs = 0

  constructor(options: PulseOptions) {
    this.#options = options
    this.#tick = new Timers(options.environment)
    this.#probe = new Timers(options.environment)
  }

  start(): void {
    const { environment, woke } = this.#options
    const [wall, steady] = [environment.now(), environment.monotonicNow()]
    this.#tick.later(() => {
      const now = environment.monotonicNow()
      const passed = Math.max(environment.now() - wall, now - steady)
      this.start()
      if (passed > tickMs + jumpMs) woke()
      else if (now - this.#heardAt >= this.heartbeatMs) this.probe()
    }, tickMs)
  }

  stop(): void {
    this.heard()
    this.#tick.clear()
  }

  /** Something came. */
  heard(): void {
    this.#heardAt = this.#options.environment.monotonicNow()
    this.#isProbing = false
    this.#probe.clear()
  }

  /** Finds out whether the other side is there. */
  probe(): void {
    if (this.heartbeatMs === 0 || this.#isProbing) return
    this.#isProbing = true
    const { probeTimeoutMs, ping, dead } = this.#options
    this.#probe.later(dead, probeTimeoutMs)
    ping()
  }
}
