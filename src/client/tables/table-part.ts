import type { ClientError } from '../api/client-error.ts'
import { hubError } from '../api/client-errors.ts'
import type { PartCore, StreamHost, StreamPart } from '../machine/stream-part.ts'
import type { TableSnapshot, TableStatus } from './live-table.ts'
import type { RowChange } from './state/known-rows.ts'
import type { AnyRow } from './state/row-order.ts'
import type { TableRequest } from './state/table-request.ts'
import { createTableState, type TableState } from './state/table-state.ts'

/** A table is read anew at most once in this time, ms: one row that is too big and changes all the time must not load the hub. */
const renewPauseMs = 1_000

/** Hears that rows have changed; null: that there is another snapshot, because rows or state have. */
export type TableListener = (change: RowChange | null) => void

/** One live table at the hub, and who of the app listens to it. */
export interface TablePart extends StreamPart, Pick<TableState, 'known' | 'cursor'> {
  /** What there is to see, the same object until it changes. */
  look(): TableSnapshot<AnyRow>
  /** Listens to it. @returns ends that, and the table with its last listener */
  join(listener: TableListener): () => void
}

/**
 * Makes what a live table needs of the outside.
 * @param id of its subscription
 * @param left called when it is over: it was closed, or the hub has refused it
 */
export function createTablePart(
  id: string,
  request: TableRequest,
  core: PartCore,
  host: StreamHost,
  left: () => void,
): TablePart {
  const { monotonicNow } = core
  const listeners = new Set<TableListener>()
  let error: ClientError | null = null
  let snapshot: TableSnapshot<AnyRow> = { rows: [], state: 'loading', error }
  let told = snapshot
  let renewedAt = -renewPauseMs

  function renewLater(delayMs = 0): void {
    const before = renewedAt
    core.later(
      () => {
        // It was read anew meanwhile.
        if (renewedAt !== before) return
        renewedAt = monotonicNow()
        host.renew(part)
        part.notify()
      },
      Math.max(delayMs, renewedAt + renewPauseMs - monotonicNow()),
    )
  }

  const state = createTableState(id, request, renewLater)

  function look() {
    const { phase, cursor, known } = state
    const { rows } = known
    const isStatus = /live|stale|failed|closed/.test(phase)
    const status = phase === 'away' && cursor ? 'stale' : isStatus ? (phase as TableStatus) : 'loading'
    if (rows !== snapshot.rows || status !== snapshot.state) snapshot = { rows, state: status, error }
    return snapshot
  }

  function tell(change: RowChange | null): void {
    for (const listener of [...listeners]) listener(change)
  }

  function end(reason: ClientError): void {
    if (!state.leave('refused')) return
    error = reason
    left()
  }

  const part: TablePart = Object.assign(state, {
    look,
    end,
    join(listener: TableListener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0 && state.leave('close')) left()
      }
    },
    refused(reason: Parameters<StreamPart['refused']>[0]) {
      // What was right once is right again when the table is: it is being restored, or made anew.
      const passing = state.cursor ? /^RTB_SNAPSHOT_/ : /^RTB_SNAPSHOT_(FAILED|SLOW|LIMIT)/
      /** Pause before it is asked again, ms. */
      const askAgainMs = 5_000
      const isPassing = passing.test(reason.code)
      const retryMs = reason.retry_ms ?? (isPassing && askAgainMs)
      const refusal = hubError(reason)
      // It is also what `ready()` is rejected with; but an app may only look at the rows, of which there are none.
      if (isPassing || !retryMs) core.report(refusal)
      if (retryMs) renewLater(retryMs)
      else end(refusal)
    },
    notify() {
      const change = state.cursor && state.known.take()
      if (change) tell(change)
      if (look() === told) return
      told = snapshot
      tell(null)
    },
  })
  return part
}
