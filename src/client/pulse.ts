import type { Environment } from './environment.ts'

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
  /** Nothing for so long is a reason to probe, ms; 0 = there is nothing to probe. */
  heartbeatMs = 0
  #tick: unknown
  #probe: unknown
  #heardAt = 0

  constructor(options: PulseOptions) {
    this.#options = options
  }

  start(): void {
    const { environment } = this.#options
    const [wall, steady] = [environment.now(), environment.monotonicNow()]
    this.#tick = environment.setTimeout(() => {
      const passed = Math.max(environment.now() - wall, environment.monotonicNow() - steady)
      this.start()
      if (passed > tickMs + jumpMs) this.#options.woke()
      else if (environment.monotonicNow() - this.#heardAt >= this.heartbeatMs) this.probe()
    }, tickMs)
  }

  stop(): void {
    this.heard()
    this.#options.environment.clearTimeout(this.#tick)
  }

  /** Something came. */
  heard(): void {
    const { environment } = this.#options
    this.#heardAt = environment.monotonicNow()
    environment.clearTimeout(this.#probe)
    this.#probe = undefined
  }

  /** Finds out whether the other side is there. */
  probe(): void {
    const { environment, probeTimeoutMs, ping, dead } = this.#options
    if (this.heartbeatMs === 0 || this.#probe !== undefined) return
    this.#probe = environment.setTimeout(() => {
      this.heard()
      dead()
    }, probeTimeoutMs)
    ping()
  }
}
