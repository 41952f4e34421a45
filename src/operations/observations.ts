import type { Audit } from '../domain/audit.ts'
import type { Change } from '../domain/change.ts'
import type { Cursor } from '../domain/cursor.ts'
import type { Event } from '../domain/event.ts'
import type { TableRule } from '../domain/rule.ts'
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
  /** Where the stream is after it. */
  readonly cursor: Pick<Cursor, 'inBatch'>
  /** How far the database's clock is ahead, milliseconds; null = not known yet. */
  readonly clockOffsetMs: number | null
}

/** What a hub sees of its own work that its parts do not count. `close` ends what it watches. */
export class Observations {
  readonly traffic: Traffic
  readonly denials = new Denials()
  readonly #metrics = new Metrics()
  readonly #now: () => number

  /**
   * @param tables the rules of the configuration
   * @param now milliseconds since 1970
   */
  constructor(tables: readonly TableRule[], now: () => number) {
    this.traffic = new Traffic(eventTypesOf(tables))
    this.#now = now
  }

  /** Other rules are in force. */
  useRules(tables: readonly TableRule[]): void {
    this.traffic.useTypes(eventTypesOf(tables))
  }

  /** The audit with its denials counted. */
  watch(audit: Audit): Audit {
    return this.denials.watch(audit)
  }

  /** A live batch is with the sockets. Called in the tick in which it was published. */
  published({ changes, events, delivered, cursor, clockOffsetMs }: PublishedBatch): void {
    // Of a transaction that comes in pieces only the last one tells when it was committed.
    if (delivered > 0 && cursor.inBatch === null && changes.length > 0) {
      this.#metrics.sent(longestWaitMs(changes, this.#now(), clockOffsetMs ?? 0))
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

function eventTypesOf(tables: readonly TableRule[]): readonly string[] {
  return tables.flatMap(table => table.events.map(({ eventType }) => eventType))
}
