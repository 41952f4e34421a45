import type { RealtimeEventData, SubscribeData } from '../../protocol/messages.ts'
import type { ClientError } from '../client-error.ts'
import { hubError } from '../client-errors.ts'
import type { StreamAnswer, StreamHost, StreamPart } from '../stream-part.ts'
import type { RowChange } from './known-rows.ts'
import type { TableSnapshot, TableStatus } from './live-table.ts'
import type { AnyRow } from './row-order.ts'
import type { TablePhase } from './table-phase.ts'
import { resumeRequest, snapshotRequest, type TableRequest } from './table-request.ts'
import { type TableEffect, TableState } from './table-state.ts'

/** Time, as far as a live table needs it. */
export interface TableClock {
  /** Milliseconds that only grow. */
  now(): number
  /** Does something later. @returns what keeps it from being done */
  later(work: () => void, ms: number): () => void
}

/** A table is read anew at most once in this time, ms: one row that is too big and changes all the time must not load the hub. */
const renewPauseMs = 1_000

/** What the phases are called for the app. */
const statuses: { readonly [Phase in TablePhase]: TableStatus } = {
  waiting: 'loading',
  reading: 'loading',
  following: 'loading',
  settling: 'loading',
  live: 'live',
  stale: 'stale',
  away: 'stale',
  failed: 'failed',
  closed: 'closed',
}

/** Hears of a live table. */
export interface TableListener {
  /** Its rows have changed. */
  changed(change: RowChange): void
  /** There is another snapshot: rows or state have changed. */
  news(): void
}

export interface TablePartOptions {
  /** Of its subscription. */
  readonly id: string
  readonly request: TableRequest
  readonly host: StreamHost
  readonly clock: TableClock
  /** Called once, when the hub has refused it. */
  readonly failed: () => void
}

/** One live table at the hub, and who of the app listens to it: what {@link TableState} needs of the outside. */
export class TablePart implements StreamPart {
  readonly id: string
  readonly listeners = new Set<TableListener>()
  readonly #request: TableRequest
  readonly #host: StreamHost
  readonly #clock: TableClock
  readonly #failed: () => void
  readonly #state: TableState
  #error: ClientError | null = null
  #snapshot: TableSnapshot<AnyRow> = { rows: [], state: 'loading', error: null }
  #told = this.#snapshot
  #renewedAt = Number.NEGATIVE_INFINITY
  #cancelRenew: (() => void) | null = null

  constructor({ id, request, host, clock, failed }: TablePartOptions) {
    this.id = id
    this.#request = request
    this.#host = host
    this.#clock = clock
    this.#failed = failed
    this.#state = new TableState(id, request)
    this.#snapshot = this.#told = { ...this.#snapshot, rows: this.#state.known.rows }
  }

  get isSettled(): boolean {
    return this.#state.isSettled
  }

  get cursor(): string | null {
    return this.#state.cursor
  }

  /** What there is to see, the same object until it changes. */
  get snapshot(): TableSnapshot<AnyRow> {
    const { known, phase, cursor } = this.#state
    const isNew = phase === 'away' && cursor === null
    const state = isNew ? 'loading' : statuses[phase]
    const { rows } = known
    if (rows !== this.#snapshot.rows || state !== this.#snapshot.state) {
      this.#snapshot = { rows, state, error: this.#error }
    }
    return this.#snapshot
  }

  get(id: string): { readonly row: AnyRow; readonly isTruncated: boolean } | undefined {
    return this.#state.get(id)
  }

  request(resuming: boolean): SubscribeData {
    if (resuming) return resumeRequest(this.id, this.#request)
    return snapshotRequest(this.id, this.#request, this.#state.wanted)
  }

  receive(answer: StreamAnswer): void {
    this.#tell(() => {
      if (answer.type === 'snapshot') this.#state.snapshot(answer.data)
      else if (answer.type === 'snapshot_end') this.#state.snapshotEnd(answer.data)
      else if (answer.type === 'subscribed') this.#do(this.#state.subscribed(answer.data))
      else if (answer.data.retry_ms !== undefined) this.#do(this.#state.renew(), answer.data.retry_ms)
      else this.#fail(hubError(answer.data))
    })
  }

  event(event: RealtimeEventData): void {
    this.#state.event(event)
  }

  commit(cursor: string): void {
    this.#do(this.#state.commit(cursor))
  }

  notify(): void {
    this.#tell(() => {
      const change = this.#state.known.takeChange()
      if (change !== null) for (const listener of [...this.listeners]) listener.changed(change)
    })
  }

  away(): void {
    this.#cancel()
    this.#tell(() => this.#state.away())
  }

  gap(_reason: string): void {
    this.#cancel()
    this.#tell(() => this.#state.renew())
  }

  /** The connection will not come back. */
  end(error: ClientError): void {
    this.#tell(() => this.#fail(error))
  }

  close(): void {
    this.#cancel()
    this.#state.close()
  }

  #tell(work: () => void): void {
    work()
    if (this.snapshot === this.#told) return
    this.#told = this.snapshot
    for (const listener of [...this.listeners]) listener.news()
  }

  #fail(error: ClientError): void {
    this.#cancel()
    if (!this.#state.refused()) return
    this.#error = error
    this.#failed()
  }

  #do(effect: TableEffect, delayMs = 0): void {
    if (effect === null) return
    const pause = Math.max(delayMs, this.#renewedAt + renewPauseMs - this.#clock.now())
    if (pause <= 0) this.#renew()
    else this.#cancelRenew ??= this.#clock.later(() => this.#renew(), pause)
  }

  #renew(): void {
    this.#cancelRenew = null
    this.#renewedAt = this.#clock.now()
    this.#tell(() => this.#state.renew())
    this.#host.renew(this)
  }

  #cancel(): void {
    this.#cancelRenew?.()
    this.#cancelRenew = null
  }
}
