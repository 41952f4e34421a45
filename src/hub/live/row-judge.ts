import type { Identity } from '../../access/identity.ts'
import type { CapturedTable, Change } from '../../domain/change.ts'
import { tableLabel } from '../../domain/change.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import type { TableRow } from '../../domain/table-rows.ts'
import { onlyMembers } from '../../expressions/json-text.ts'
import { rowKey } from '../../expressions/row-key.ts'
import type { HubContext } from '../context.ts'
import type { Selection } from '../matching/profile.ts'
import { matchEvents } from '../matching/profile.ts'
import { SubscriptionSet } from '../matching/subscription-set.ts'
import type { EncodableEvent } from '../stream/encode-event.ts'
import { EncodedEvent } from '../stream/encoded-batch.ts'
import type { LiveRequest } from './live-request.ts'
import type { SeenRow } from './snapshot-chunk.ts'

export interface RowJudgeOptions {
  readonly context: HubContext<unknown>
  readonly identity: Identity
  readonly request: Pick<LiveRequest, 'subscription' | 'columns'>
  readonly table: CapturedTable
}

/**
 * Says what somebody gets of a row: what he would get if it were inserted now. One way for rows and events, so that neither
 * shows what the other hides.
 *
 * @returns null when he does not get it
 * @throws RTB_SNAPSHOT_WORK where that takes too much work to tell: without the row the table would not be what SQL says
 */
export function createRowJudge(options: RowJudgeOptions): (row: TableRow) => SeenRow | null {
  const { context, identity, request, table } = options
  const { access, counters, limits } = context
  const selection: Selection = {
    identity,
    access,
    subscriptions: new SubscriptionSet([request.subscription]),
    rooms: new Set(),
    form: 'single',
  }
  const matching = {
    exceptOrigin: null,
    workPerEvent: limits.whereWorkPerEvent,
    onError: () => counters.whereErrors++,
    onOverspent: ({ event }: EncodedEvent, unfinished: readonly unknown[]) => {
      counters.whereOverspent++
      if (unfinished.length === 0) return
      const id = rowKey(event.data, table.keyColumns) ?? ''
      throw rtbridgeError('RTB_SNAPSHOT_WORK', { table: tableLabel(table), id })
    },
  }
  const { keyColumns } = table
  const columns = request.columns === null ? null : new Set([...keyColumns, ...request.columns])
  return row => {
    const [found] = matchEvents(selection, [new EncodedEvent(insertOf(row, table))], matching)
    if (found === undefined) return null
    const { data } = found.encoded.event
    const id = rowKey(data, keyColumns)
    if (id === null) return null
    const text = columns === null || row.truncated ? data : onlyMembers(data, columns)
    return { id, text, truncated: row.truncated }
  }
}

function insertOf({ text, truncated }: TableRow, table: CapturedTable): EncodableEvent {
  const change: Change = {
    seq: '0',
    xid: '0',
    at: '',
    table,
    op: 'INSERT',
    oldRow: null,
    newRow: text,
    origin: null,
    truncated,
  }
  return {
    eventId: 'snapshot',
    eventType: 'INSERT',
    kind: 'table',
    op: 'INSERT',
    table: tableLabel(table),
    channel: null,
    id: null,
    at: '',
    data: text,
    oldData: null,
    seq: null,
    tx: null,
    origin: null,
    truncated,
    rooms: null,
    roles: null,
    priority: 'normal',
    change,
  }
}
