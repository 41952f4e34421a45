import type { HubMessageData } from '../../protocol/messages.ts'
import type { ClientError } from '../client-error.ts'
import { hubError } from '../client-errors.ts'
import type { StreamHost, StreamPart } from '../stream-part.ts'
import type { Entry, RowChange } from './known-rows.ts'
import type { TableSnapshot, TableStatus } from './live-table.ts'
import type { AnyRow } from './row-order.ts'
import type { TableRequest } from './table-request.ts'
import { createTableState } from './table-state.ts'

/** A table is read anew at most once in this time, ms: one row that is too big and changes all the time must not load the hub. */
const renewPauseMs = 1_000

/** What the hub could not do now, and may do later. */
const passing = /^RTB_SNAPSHOT_(FAILED|SLOW|LIMIT)$/
/** Pause before it is asked again, ms. */
const askAgainMs = 5_000

/** Hears of a live table. */
export interface TableListener {
  /** Its rows have changed. */
  changed(change: RowChange): void
  /** There is another snapshot: rows or state have changed. */
  news(): void
}

/** One live table at the hub, and who of the app listens to it. */
export interface TablePart extends StreamPart {
  readonly listeners: Set<TableListener>
  readonly cursor: string | null
  /** What there is to see, the same object until it changes. */
  readonly snapshot: TableSnapshot<AnyRow>
  /** The row with this key, when it is shown. */
  get(id: string): Entry | undefined
  close(): void
}

/**
 * Makes what a live table needs of the outside.
 * @param id of its subscription
 * @param failed called once, when the hub has refused it
 */
export function createTablePart(
  id: string,
  request: TableRequest,
  host: StreamHost,
  failed: () => void,
): TablePart {
  const state = createTableState(id, request)
  const listeners = new Set<TableListener>()
  let error: ClientError | null = null
  let snapshot: TableSnapshot<AnyRow> = { rows: state.known.rows, state: 'loading', error }
  let told = snapshot
  let renewedAt = Number.NEGATIVE_INFINITY
  /** The pause before it is read anew. */
  let pause: object | null = null

  function status(): TableStatus {
    const { phase, cursor } = state
    if (phase === 'live' || phase === 'stale' || phase === 'failed' || phase === 'closed') return phase
    return phase === 'away' && cursor !== null ? 'stale' : 'loading'
  }

  function look() {
    const { rows } = state.known
    const now = status()
    if (rows !== snapshot.rows || now !== snapshot.state) snapshot = { rows, state: now, error }
    return snapshot
  }

  function tell(): void {
    if (look() === told) return
    told = snapshot
    for (const listener of [...listeners]) listener.news()
  }

  function renew(): void {
    pause = null
    renewedAt = host.now()
    state.renew()
    tell()
    host.renew(part)
  }

  function renewLater(delayMs = 0): void {
    const ms = Math.max(delayMs, renewedAt + renewPauseMs - host.now())
    if (ms <= 0) renew()
    else if (!pause) {
      const mine = {}
      pause = mine
      host.later(() => pause === mine && renew(), ms)
    }
  }

  function fail(reason: ClientError): void {
    pause = null
    if (!state.refused()) return
    error = reason
    failed()
    tell()
  }

  function refused(data: HubMessageData['error']): void {
    const reason = hubError(data)
    const isPassing = passing.test(data.code)
    if (isPassing) host.report(reason)
    const retryMs = data.retry_ms ?? (isPassing ? askAgainMs : 0)
    if (!retryMs) return fail(reason)
    state.renew()
    renewLater(retryMs)
  }

  const part: TablePart = {
    id,
    listeners,
    get isSettled() {
      return state.isSettled
    },
    get cursor() {
      return state.cursor
    },
    get snapshot() {
      return look()
    },
    get: id => state.known.shown(id),
    request: state.request,
    receive(answer) {
      if (answer.type === 'error') refused(answer.data)
      else if (state.receive(answer)) renewLater()
      tell()
    },
    event: state.event,
    commit(cursor) {
      if (state.commit(cursor)) renewLater()
    },
    notify() {
      const change = state.known.takeChange()
      if (change) for (const listener of [...listeners]) listener.changed(change)
      tell()
    },
    away() {
      pause = null
      state.away()
      tell()
    },
    gap() {
      pause = null
      state.renew()
      tell()
    },
    end: fail,
    close() {
      pause = null
      state.close()
    },
  }
  return part
}
