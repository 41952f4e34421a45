import type { ClientError } from '../api/client-error.ts'
import { hubError } from '../api/client-errors.ts'
import type { PartCore, StreamHost, StreamPart } from '../machine/stream-part.ts'
import type { TableSnapshot, TableStatus } from './live-table.ts'
import type { RowChange } from './state/known-rows.ts'
import type { AnyRow } from './state/row-order.ts'
import type { TablePhase } from './state/table-phase.ts'
import type { TableRequest } from './state/table-request.ts'
import { createTableState, type TableState } from './state/table-state.ts'

/** A table is read anew at most once in this time, ms: one row that is too big and changes all the time must not load the hub. */
const renewPauseMs = 1_000

/** What the hub could not do now, and may do later. */
const passing = /^RTB_SNAPSHOT_(FAILED|SLOW|LIMIT)$/
/** Pause before it is asked again, ms. */
const askAgainMs = 5_000

/** Hears that rows have changed; null: that there is another snapshot, because rows or state have. */
export type TableListener = (change: RowChange | null) => void

/** One live table at the hub, and who of the app listens to it. */
export interface TablePart extends StreamPart, Pick<TableState, 'known' | 'cursor' | 'leave'> {
  readonly listeners: Set<TableListener>
  /** What there is to see, the same object until it changes. */
  look(): TableSnapshot<AnyRow>
}

/**
 * Makes what a live table needs of the outside.
 * @param id of its subscription
 * @param failed called once, when the hub has refused it
 */
export function createTablePart(
  id: string,
  request: TableRequest,
  core: PartCore,
  host: StreamHost,
  failed: () => void,
): TablePart {
  const { monotonicNow } = core.environment
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
      Math.max(delayMs, renewedAt + renewPauseMs - monotonicNow(), 0),
    )
  }

  const state = createTableState(id, request, renewLater)

  function status(): TableStatus {
    const { phase, cursor } = state
    if (phase === 'away') return cursor ? 'stale' : 'loading'
    return isStatus(phase) ? phase : 'loading'
  }

  function look() {
    const { rows } = state.known
    const now = status()
    if (rows !== snapshot.rows || now !== snapshot.state) snapshot = { rows, state: now, error }
    return snapshot
  }

  function tell(change: RowChange | null): void {
    for (const listener of [...listeners]) listener(change)
  }

  function end(reason: ClientError): void {
    if (!state.leave('refused')) return
    error = reason
    failed()
  }

  const part: TablePart = Object.assign(state, {
    id,
    listeners,
    look,
    end,
    refused(reason: Parameters<StreamPart['refused']>[0]) {
      // What was right once is right again when the table is: it is being restored, or made anew.
      const isPassing = (state.cursor ? /^RTB_SNAPSHOT_/ : passing).test(reason.code)
      const retryMs = reason.retry_ms ?? (isPassing && askAgainMs)
      if (isPassing) core.report(hubError(reason))
      if (retryMs) renewLater(retryMs)
      else end(hubError(reason))
    },
    notify() {
      const change = state.known.takeChange()
      if (change) tell(change)
      if (look() === told) return
      told = snapshot
      tell(null)
    },
  })
  return part
}

function isStatus(phase: TablePhase): phase is TablePhase & TableStatus {
  return /live|stale|failed|closed/.test(phase)
}
