import type { Audit } from '../domain/audit.ts'
import type { Change } from '../domain/change.ts'
import type { Event } from '../domain/event.ts'
import type { DaemonStatus } from './daemon-status.ts'
import { Denials } from './denials.ts'
import { longestWaitMs } from './longest-wait.ts'
import type { MetricsText } from './metrics/metrics.ts'
import { Metrics } from './metrics/metrics.ts'
import { Traffic } from './traffic.ts'

/** A batch that was published. */
export interface PublishedBatch {
  readonly changes: readonly Change[]
  readonly events: readonly Event[]
  /** Events handed to connections, counted per connection. */
  readonly delivered: number
  /** All of the transactions in it end here. */
  readonly isWhole: boolean
  /** How far the database's clock is ahead, milliseconds. */
  readonly clockOffsetMs: number
}

/** What a hub sees of its own work that its parts do not count. `close` ends what it watches. */
export class Observations {
  readonly traffic: Traffic
  readonly denials = new Denials()
  readonly #metrics = new Metrics()
  readonly #now: () => number

  /**
   * @param eventTypes the types of the configuration's rules
   * @param now milliseconds since 1970
   */
  constructor(eventTypes: Iterable<string>, now: () => number) {
    this.traffic = new Traffic(eventTypes)
    this.#now = now
  }

  /** The audit with its denials counted. */
  watch(audit: Audit): Audit {
    return this.denials.watch(audit)
  }

  /** A live batch is with the sockets. Called in the tick in which it was published. */
  published({ changes, events, delivered, isWhole, clockOffsetMs }: PublishedBatch): void {
    // Of a transaction that comes in pieces only the last one tells when it was committed.
    if (delivered > 0 && isWhole && changes.length > 0) {
      this.#metrics.sent(longestWaitMs(changes, this.#now(), clockOffsetMs))
    }
    this.traffic.count(changes, events)
  }

  close(): void {
    this.#metrics.close()
  }

  /** The metrics of a hub with that health. */
  metrics(status: DaemonStatus): Promise<MetricsText> {
    return this.#metrics.text(status)
  }
}
