import { Canary } from '../capture/canary.ts'
import type { CaptureOptions } from '../capture/capture.ts'
import type { Config } from '../config/config.ts'
import type { Pool } from '../database/pool.ts'
import { type RtbridgeError, rtbridgeError } from '../domain/errors/registry.ts'
import type { Logger } from '../logging.ts'
import { createRepeatFilter } from '../operations/repeat-filter.ts'

export interface LivenessOptions {
  readonly config: Config
  readonly logger: Logger
  readonly hubId: string
  /** For the canary. */
  readonly pool: Pool
  /** What the reader has read. */
  readonly progress: () => { readonly reads: number; readonly changes: number }
  /** Told of every change: null = clients get what the database commits, else why not. */
  readonly onVerdict: (problem: RtbridgeError | null) => void
}

/** The same trouble is logged again after this, ms. */
const remindEveryMs = 60_000

/** Whether clients get what the database commits: the database is there, and the canary comes round. */
export class Liveness {
  readonly canary: Canary
  /** Resolves when the database is there for the first time. */
  readonly live: Promise<void>
  /** Why the database is away; null while it is there, and before it was asked. */
  error: RtbridgeError | null = null
  readonly #options: LivenessOptions
  readonly #log: Logger
  readonly #isNews: (what: string) => boolean
  #reportLive: () => void = () => {}

  constructor(options: LivenessOptions) {
    this.#options = options
    this.#log = options.logger.child({ part: 'capture' })
    this.#isNews = createRepeatFilter(remindEveryMs, () => performance.now())
    this.canary = this.#createCanary()
    this.live = new Promise(resolve => {
      this.#reportLive = resolve
    })
  }

  /** The reader has found the database, or lost it. */
  see(state: Parameters<CaptureOptions['onState']>[0]): void {
    this.error = state.live ? null : state.error
    if (state.live) this.canary.start()
    else this.canary.rest()
    this.#judge()
    if (state.live) {
      this.#reportLive()
      this.#isNews('')
      this.#log.info('database connected')
      if (state.pooled) {
        this.#log.warn({ err: rtbridgeError('RTB_DATABASE_POOLER', {}) }, 'reading at intervals')
      }
    } else if (this.#isNews(state.error.code)) {
      this.#log.warn({ err: state.error }, 'database away, retrying')
    }
  }

  async close(): Promise<void> {
    await this.canary.close()
  }

  #judge(): void {
    this.#options.onVerdict(this.error ?? this.canary.problem)
  }

  #createCanary(): Canary {
    const { config, logger, hubId, pool, progress } = this.#options
    const log = logger.child({ part: 'canary' })
    return new Canary({
      hubId,
      pool,
      everyMs: config.capture.canaryMs,
      timeoutMs: config.capture.canaryTimeoutMs,
      progress,
      now: () => performance.now(),
      wallClock: Date.now,
      onChange: problem => {
        this.#judge()
        if (problem === null) log.info('changes come through again')
        else log.warn({ err: problem }, 'changes do not come through')
      },
    })
  }
}
