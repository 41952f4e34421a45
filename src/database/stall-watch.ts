import type { Socket } from 'node:net'

/** Tells which of some server processes wait for their client; one that is not there is not in the result. */
export type AskServer = (
  pids: readonly number[],
  signal: AbortSignal,
) => Promise<ReadonlyMap<number, { readonly waitsForClient: boolean }>>

export interface StallWatchOptions {
  /** Asks through a fresh connection, within a second. Rejects when the server cannot be asked. */
  readonly ask: AskServer
  /** Told after connections were cut: the network had failed, and is back. */
  readonly onStall: () => void
}

/** Somebody who waits for the server. */
interface Wait {
  /** Null while the connection is being opened. */
  readonly pid: number | null
  readonly socket: Socket
  bytesRead: number
  /** Since when nothing was heard, of a clock that only grows, ms. */
  quietSince: number
}

const lookEveryMs = 200
/** The first look after a rest: most answers are there by then, and a processor that has just worked wakes for less. */
const glanceMs = 5
/** A server from which nothing comes for that long is asked what it does, ms. */
const quietMs = 700

/**
 * Notices answers that will never come, because the network swallowed them or what asked for them. A connection that has
 * been quiet for a while is judged by asking the server through a fresh one: when the server waits for us there while we
 * wait for it here, each of the two would wait for ever, so the connection is cut. A statement that the server works on
 * takes as long as it takes. As long as the server cannot be asked nothing is cut: nothing better could be opened.
 *
 * Leaves sessions behind a pooler alone, whose server process nobody knows.
 */
export class StallWatch {
  readonly #options: StallWatchOptions
  readonly #waits = new Set<Wait>()
  readonly #closed = new AbortController()
  /** By their time: to end a timer and to make one takes longer than the rest of this. */
  readonly #timers = new Map<number, NodeJS.Timeout>()
  #isTicking = false
  #usedAt = Number.NEGATIVE_INFINITY
  #look: Promise<void> | null = null

  constructor(options: StallWatchOptions) {
    this.#options = options
  }

  /**
   * Watches a socket for as long as `work` waits for the server.
   * @param pid the server process; null while the connection is being opened
   * @returns what `work` gives
   */
  async during<T>(work: Promise<T>, pid: number | null, socket: Socket): Promise<T> {
    const now = performance.now()
    const wait: Wait = { pid, socket, bytesRead: socket.bytesRead, quietSince: now }
    this.#waits.add(wait)
    if (!this.#isTicking) this.#arm(now - this.#usedAt < lookEveryMs ? lookEveryMs : glanceMs)
    this.#usedAt = now
    try {
      return await work
    } finally {
      this.#waits.delete(wait)
    }
  }

  /** True while somebody waits for an answer on this socket. */
  isAwaited(socket: Socket): boolean {
    return [...this.#waits].some(wait => wait.socket === socket)
  }

  /** Ends watching. */
  async close(): Promise<void> {
    this.#closed.abort()
    await this.#look
  }

  /** One for all who wait: most answers are there long before it. */
  #arm(afterMs: number): void {
    this.#isTicking = true
    const timer = this.#timers.get(afterMs)?.refresh() ?? setTimeout(() => this.#tick(), afterMs).unref()
    this.#timers.set(afterMs, timer)
  }

  #tick(): void {
    this.#isTicking = false
    if (this.#closed.signal.aborted || this.#waits.size === 0) return
    this.#arm(lookEveryMs)
    const now = performance.now()
    const silent = [...this.#waits].filter(wait => {
      if (wait.socket.bytesRead !== wait.bytesRead) hear(wait)
      return now - wait.quietSince >= quietMs
    })
    if (silent.length === 0 || this.#look !== null) return
    this.#look = this.#judge(silent).finally(() => {
      this.#look = null
    })
  }

  async #judge(silent: readonly Wait[]): Promise<void> {
    const pids = silent.map(({ pid }) => pid).filter(pid => pid !== null)
    const answer = await this.#options.ask(pids, this.#closed.signal).catch(() => null)
    if (answer === null || this.#closed.signal.aborted) return
    let stalled = false
    for (const wait of silent) {
      // What came meanwhile was slow, not lost.
      if (!this.#waits.has(wait) || wait.socket.bytesRead !== wait.bytesRead) continue
      // Where a younger connection got through, the older one that is still being opened never will.
      const isLost = wait.pid === null || (answer.get(wait.pid)?.waitsForClient ?? true)
      if (isLost) wait.socket.destroy(new Error('closed: the server does not know that an answer is awaited'))
      else hear(wait)
      stalled ||= isLost
    }
    if (stalled) this.#options.onStall()
  }
}

/** Takes a sign of life. */
function hear(wait: Wait): void {
  wait.bytesRead = wait.socket.bytesRead
  wait.quietSince = performance.now()
}
