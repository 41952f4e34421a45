import { execFile } from 'node:child_process'

/** How the hub is, as the service manager is told. */
export interface ServiceHealth {
  /** One line for `systemctl status`. */
  readonly status: string
  /** False when nothing but a restart is left to try: the watchdog is not fed. */
  readonly isWell: boolean
}

export interface ServiceNotifierOptions {
  /** `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` are looked at. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly pid: number
  /** Hears that the service manager cannot be told, once. */
  readonly onError: (error: unknown) => void
  /** Pause between two looks at the health, ms; default 5,000. A short watchdog makes it shorter. */
  readonly everyMs?: number
}

/** The status line is not older than this, ms. */
const lookEveryMs = 5_000
/** The watchdog is fed this often within its time, so that one late turn does not end the hub. */
const feedsPerWatchdog = 3
/** The program waits until systemd has read the message; a systemd that is busy with itself must not keep ours, ms. */
const sendWithinMs = 10_000

/**
 * Tells systemd how the hub is (`Type=notify`), through `systemd-notify`: Node cannot open the datagram socket itself.
 * Without `NOTIFY_SOCKET` it does nothing. Messages go one after the other, in their order.
 *
 * The watchdog is fed by a timer of the event loop that goes once through its poll phase, and only while the hub is well: a
 * loop that does not turn feeds nothing.
 *
 * @see https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
 */
export class ServiceNotifier {
  readonly #options: ServiceNotifierOptions
  readonly #isActive: boolean
  /** Null = systemd asks for no watchdog. */
  readonly #watchdogMs: number | null
  #health: (() => ServiceHealth) | null = null
  #timer: NodeJS.Timeout | null = null
  #lastStatus = ''
  #sending: Promise<void> = Promise.resolve()
  #waiting = 0
  #hasFailed = false
  #hasChanged = false

  constructor(options: ServiceNotifierOptions) {
    this.#options = options
    this.#isActive = (options.env['NOTIFY_SOCKET'] ?? '') !== ''
    this.#watchdogMs = this.#isActive ? watchdogOf(options) : null
  }

  /**
   * The service works from here on; health is looked at from now on, at intervals.
   * @param health asked at each interval
   */
  ready(health: () => ServiceHealth): void {
    if (!this.#isActive) return
    this.#health = health
    this.#send('READY=1', this.#statusOf(health()))
    this.#schedule()
  }

  /** The health has changed in a way that should not wait for the next look. */
  changed(): void {
    if (this.#health === null || this.#hasChanged) return
    this.#hasChanged = true
    // After what is being sent: many changes in that time are one message.
    void this.#sending.then(() => {
      this.#hasChanged = false
      if (this.#health !== null) this.#sendSome(this.#newStatus(this.#health()))
    })
  }

  /** A reload begins. `ready` of it follows by {@link reloaded}. */
  reloading(): void {
    const now = process.hrtime.bigint() / 1_000n
    this.#send('RELOADING=1', `MONOTONIC_USEC=${now}`)
  }

  /** The reload is over, whether it took something or not. */
  reloaded(): void {
    if (this.#health !== null) this.#send('READY=1', this.#statusOf(this.#health()))
  }

  /** The service ends; the watchdog is fed until {@link close}. */
  stopping(): void {
    this.#send('STOPPING=1', 'STATUS=stopping')
  }

  /** Stops looking, and waits until everything was sent. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#health = null
    await this.#sending
  }

  #schedule(): void {
    const { everyMs = lookEveryMs } = this.#options
    const feedMs = this.#watchdogMs === null ? everyMs : this.#watchdogMs / feedsPerWatchdog
    this.#timer = setTimeout(() => setImmediate(() => this.#look()), Math.min(everyMs, feedMs))
  }

  #look(): void {
    if (this.#health === null) return
    this.#schedule()
    // What waits is as good; a systemd that does not answer must not make a heap of programs.
    if (this.#waiting > 0) return
    const health = this.#health()
    const feed = this.#watchdogMs !== null && health.isWell ? ['WATCHDOG=1'] : []
    this.#sendSome([...feed, ...this.#newStatus(health)])
  }

  /** The status, when it is another one than was sent. */
  #newStatus(health: ServiceHealth): string[] {
    const before = this.#lastStatus
    const status = this.#statusOf(health)
    return status === before ? [] : [status]
  }

  #statusOf({ status }: ServiceHealth): string {
    this.#lastStatus = `STATUS=${status.replaceAll(/\s+/g, ' ')}`
    return this.#lastStatus
  }

  #sendSome(lines: readonly string[]): void {
    if (lines.length > 0) this.#send(...lines)
  }

  #send(...lines: readonly string[]): void {
    if (!this.#isActive) return
    this.#waiting++
    this.#sending = this.#sending.then(() => this.#run(lines))
  }

  #run(lines: readonly string[]): Promise<void> {
    return new Promise(resolve => {
      const { env, onError } = this.#options
      execFile('systemd-notify', [...lines], { env: { ...env }, timeout: sendWithinMs }, error => {
        this.#waiting--
        if (error !== null && !this.#hasFailed) onError(error)
        this.#hasFailed = error !== null
        resolve()
      })
    })
  }
}

/** The watchdog's time, ms; null when there is none, or it is meant for another process. */
function watchdogOf({ env, pid }: ServiceNotifierOptions): number | null {
  const microseconds = Number(env['WATCHDOG_USEC'] ?? '')
  const owner = env['WATCHDOG_PID'] ?? ''
  if (!(microseconds > 0) || (owner !== '' && owner !== String(pid))) return null
  return microseconds / 1_000
}
