import type { HubMessageData, RealtimeEventData } from '../../../protocol/messages.ts'
import type { StreamAnswer } from '../../machine/stream-part.ts'
import { createKnownRows, type Entry } from './known-rows.ts'
import { type AnyRow, createRowOrder, end, type PlaceOf } from './row-order.ts'
import { type TableInput, type TablePhase, tableMoves } from './table-phase.ts'
import { maxRows, subscribeRequest, type TableRequest } from './table-request.ts'

export type TableState = ReturnType<typeof createTableState>

/**
 * The rows of one live table, made from what the hub says. It knows no connection and no time.
 *
 * Changes wait until a checkpoint, the last one of each row counts: so those that come again after a reconnect
 * change nothing. A snapshot is a change of all rows. When it is not known what the rows are, nothing is shown
 * until they have been read anew; what was shown stays.
 *
 * @param subscription its id
 * @param renewLater called when the table is to be read anew: subscribe again with `request(false)`
 */
export function createTableState(subscription: string, request: TableRequest, renewLater: () => void) {
  const { where, order_by: orderBy, limit } = request
  const known = createKnownRows(limit)
  let phase: TablePhase = 'waiting'
  let cursor: string | null = null
  /** That of the last snapshot: before the first there is nothing to order. */
  let placeOf!: PlaceOf
  let columns: readonly string[] | undefined
  let isPartitioned = false
  /** The last row that was read, when there are more: what is behind it is not known. */
  let frontier: string | undefined
  /** How many rows to read of a table with a limit: with some in reserve for those that leave. */
  let wanted = limit && twice(limit + 5)
  /** Null = is not there any more, undefined = it is not known. */
  let staged = new Map<string, Entry | null | undefined>()
  /** True: what is staged is all there is. */
  let isWhole = false
  /** True: a row that is known by its key only may be known better. */
  let isOutdated = false
  /** True: what is staged does not tell what the rows are. */
  let isUnsure = false

  function move(input: TableInput): boolean {
    const next = tableMoves[phase][input]
    if (next) phase = next
    return !!next
  }

  function forget(all: boolean): void {
    staged = new Map()
    isWhole = all
    isUnsure = false
  }

  /** What is staged is worth nothing then. @returns false when that means nothing any more */
  function leave(input: 'renew' | 'refused' | 'close'): boolean {
    const isNew = move(input)
    if (isNew) forget(false)
    return isNew
  }

  /** What is known is not enough any more. */
  function renew(): void {
    leave('renew')
    renewLater()
  }

  const isBehind = (place: string) => !!frontier && place > frontier

  function stage(id: string, place: string, row: AnyRow, truncated: boolean): void {
    const shown =
      columns && Object.fromEntries(Object.entries(row).filter(([name]) => columns?.includes(name)))
    staged.set(id, { id, place, row: shown ?? row, truncated, isTold: false })
  }

  /** The row with this key with all that is staged; nothing where there is none, or it is not known. */
  const current = (id: string) => (isWhole || staged.has(id) ? staged.get(id) : known.byId.get(id))

  /**
   * A row comes to a key that it did not have. Is another one there, its constraint is deferred: that one will leave the key, and
   * what then comes of it cannot be told from what comes of this one. (Unless it is this one, which comes again.)
   */
  function arrive(id: string, from: string | null): void {
    const isRepeat = staged.has(id) && (from === null || staged.get(from) === null)
    if (current(id) && !isRepeat) isUnsure = true
  }

  /** @param row as it was, where that is known */
  function remove(id: string, row: unknown): void {
    // What was behind the frontier is not here; the row of this key that is, has come to it since.
    if (!row || !isBehind(placeOf(id, row as AnyRow))) staged.set(id, null)
  }

  function put(id: string, { truncated, data }: RealtimeEventData): void {
    if (truncated) {
      // It has been too big before, and may be so still: what is shown is not wrong until it has been read.
      if (!where && !limit && current(id)?.truncated) isOutdated = true
      else staged.set(id, undefined)
      return
    }
    const row = data as AnyRow
    const place = placeOf(id, row)
    if (isBehind(place)) staged.set(id, null)
    else stage(id, place, row, false)
  }

  function readRows({ part, ids, rows, truncated = [], ...shape }: HubMessageData['snapshot']): void {
    if (part === 0 && move('part0')) {
      forget(true)
      placeOf = createRowOrder(orderBy, shape)
      columns = request.columns && [...(shape.key ?? []), ...request.columns]
      isPartitioned = !!shape.partitioned
      isOutdated = false
      frontier = undefined
    }
    if (phase !== 'reading') return
    ids.forEach((id, at) => {
      const row = rows[at] as AnyRow
      const isTruncated = truncated.includes(id)
      // The hub knows where a row stands whose columns are not known here: right behind the last one.
      frontier = isTruncated && orderBy.length > 0 ? (frontier ?? '') + end : placeOf(id, row)
      stage(id, frontier, row, isTruncated)
    })
  }

  return {
    id: subscription,
    known,
    leave,
    get phase() {
      return phase
    },
    /** True when it can go on with the stream's cursor. */
    get isSettled() {
      return /live|stale/.test(phase)
    },
    /** Where the rows equal the database; null before there are any. */
    get cursor() {
      return cursor
    },
    /** @param isResuming true: what was missed is to come as events */
    request(isResuming: boolean) {
      if (!isResuming) leave('renew')
      return subscribeRequest(subscription, request, isResuming, wanted)
    },

    receive({ type, data }: StreamAnswer): void {
      if (type === 'snapshot') readRows(data)
      else if (type === 'snapshot_end') {
        if (move('end') && !data.more) frontier = undefined
      } else if (type === 'subscribed') {
        if (data.resumed === 'gap') renew()
        else move('subscribed')
      }
    },

    event(event: RealtimeEventData): void {
      const { op, id, old_id: oldId = null, truncated, data, old_data: oldData } = event
      // Before, events are of the subscription that is replaced.
      const isHeard = /following|settling|live|stale/.test(phase)
      if (!isHeard || event.event_type !== op) return
      if (op === 'TRUNCATE') {
        // Of a partitioned table it may have emptied one partition.
        if (isPartitioned) isUnsure = true
        else {
          forget(true)
          frontier = undefined
        }
      } else if (id !== null) {
        const transition = event.transitions ? event.transitions[subscription] : event.transition
        const before = truncated ? null : op === 'DELETE' ? data : oldData
        if (op === 'DELETE' || transition === 'leave') remove(oldId ?? id, before)
        else {
          if (oldId !== null || op === 'INSERT' || transition === 'enter') arrive(id, oldId)
          if (oldId !== null && transition !== 'enter') remove(oldId, before)
          put(id, event)
        }
      }
    },

    /** The stream is at a checkpoint. */
    commit(at: string): void {
      if (!tableMoves[phase].commit) return
      let size = isWhole ? 0 : known.byId.size
      for (const [id, next] of staged) {
        // A row that was too big to be sent, and nothing later tells what became of it.
        if (next) size++
        else if (next !== null) isUnsure = true
        if (!isWhole && known.byId.has(id)) size--
      }
      if (frontier && limit && wanted && size < limit) {
        // They ran out before the next ones came: keep more in reserve.
        wanted = twice(wanted)
        isUnsure = true
      }
      if (isUnsure) {
        renew()
        return
      }
      move('commit')
      known.change(staged, isWhole)
      forget(false)
      // A table with a limit does not keep all that ever came into it.
      if (wanted && known.byId.size > wanted * 2) frontier = known.trim(wanted)?.place
      cursor = at
      if (isOutdated) renewLater()
    },

    lost(streamCursor: string | null): void {
      move('lost')
      // What is staged is up to the stream's cursor, which goes on from there; where that is the last checkpoint, it is of a batch
      // that was cut: it comes again, and is nothing to commit before.
      if (cursor === streamCursor) forget(false)
    },
  }
}

/** The hub sends no more rows than it may. */
function twice(rows: number): number {
  return Math.min(rows * 2, maxRows)
}
