import type { StreamAnswer } from '../../../src/client/machine/stream-part.ts'
import type { RealtimeEventData, SubscribeData } from '../../../src/protocol/messages.ts'
import type { ModelChange, ModelDatabase, ModelRow, Random } from './model-database.ts'

/** Everything up to change `at` of transaction `count`: with `at` 0 it is a checkpoint. */
export interface ModelCursor {
  readonly count: number
  readonly at: number
}

export function cursorText({ count, at }: ModelCursor): string {
  return `${count}.${at}`
}

/** What the hub sends. */
export type ModelFrame =
  | { readonly type: 'answer'; readonly request: SubscribeData; readonly answer: StreamAnswer }
  | { readonly type: 'aside'; readonly events: readonly RealtimeEventData[] }
  | { readonly type: 'events'; readonly events: readonly RealtimeEventData[]; readonly cursor: ModelCursor }

interface Snapshot {
  readonly at: number
  readonly rows: readonly ModelRow[]
  readonly more: boolean
  part: number
  sent: number
}

interface Subscription {
  readonly request: SubscribeData
  /** Null once it is in the stream. */
  snapshot: Snapshot | null
}

/** One connection to a hub that follows the protocol to the letter, and is as awkward as it allows. */
export class ModelHub {
  readonly #database: ModelDatabase
  readonly #random: Random
  readonly #subscriptions = new Map<string, Subscription>()
  position: ModelCursor

  constructor(database: ModelDatabase, random: Random, position: ModelCursor) {
    this.#database = database
    this.#random = random
    this.position = position
  }

  /** @param isResumed its state is that of the stream */
  subscribe(request: SubscribeData, isResumed: boolean): void {
    this.#subscriptions.delete(request.id)
    this.#subscriptions.set(request.id, { request, snapshot: isResumed ? null : this.#readSnapshot(request) })
  }

  unsubscribe(id: string): void {
    this.#subscriptions.delete(id)
  }

  get isAtRest(): boolean {
    const { length } = this.#database.transactions
    return (
      this.position.count === length &&
      [...this.#subscriptions.values()].every(each => each.snapshot === null)
    )
  }

  /** The next thing it sends; null when there is nothing. */
  next(): ModelFrame | null {
    const loading = [...this.#subscriptions.values()].filter(each => each.snapshot !== null)
    const canMove = this.position.count < this.#database.transactions.length
    const one = loading[this.#random(loading.length || 1)]
    if (one !== undefined && (!canMove || this.#random(2) === 0)) return this.#load(one) ?? this.#move()
    return canMove ? this.#move() : null
  }

  #readSnapshot({ tables = [], where, order_by: orderBy = [], limit }: SubscribeData): Snapshot {
    // Whatever the stream has got to, the rows are those of some later moment.
    const { count } = this.position
    const at = count + this.#random(this.#database.transactions.length - count + 1)
    const order = orderBy.map(({ column, direction, nulls }) => ({
      column: column as 'id' | 'n' | 'label',
      desc: direction === 'desc',
      nullsFirst: (nulls ?? (direction === 'desc' ? 'first' : 'last')) === 'first',
    }))
    const rows = this.#database.select(at, {
      table: tables[0] ?? '',
      group: groupOf(where),
      order,
      limit: null,
    })
    const kept = rows.slice(0, limit ?? rows.length)
    return { at, rows: kept, more: kept.length < rows.length, part: 0, sent: 0 }
  }

  /** The next message of a subscription that is loading; null while the stream has not got there. */
  #load(subscription: Subscription): ModelFrame | null {
    const { request, snapshot } = subscription
    if (snapshot === null) return null
    const { id, tables = [] } = request
    if (snapshot.part === 0 || snapshot.sent < snapshot.rows.length) {
      const size = this.#random(4)
      const rows = snapshot.rows.slice(snapshot.sent, snapshot.sent + (snapshot.part === 0 ? size : size + 1))
      snapshot.sent += rows.length
      const first = snapshot.part === 0 && {
        key: ['id'],
        columns: columnsOf(request),
        partitioned: tables[0] === 'b',
      }
      const data = {
        id,
        part: snapshot.part++,
        ids: rows.map(row => String(row.id)),
        rows: rows.map(row => rowData(row, request.columns)),
        truncated: rows.filter(row => row.isBig).map(row => String(row.id)),
        ...first,
      }
      return { type: 'answer', request, answer: { type: 'snapshot', data } }
    }
    if (snapshot.part > 0) {
      snapshot.part = -1
      const cursor = cursorText({ count: snapshot.at, at: 0 })
      const data = { id, cursor, count: snapshot.rows.length, more: snapshot.more }
      return { type: 'answer', request, answer: { type: 'snapshot_end', data } }
    }
    if (this.position.count < snapshot.at) return null
    if (snapshot.part === -1) {
      snapshot.part = -2
      return {
        type: 'aside',
        events: this.#events({ count: snapshot.at, at: 0 }, this.position, [subscription]),
      }
    }
    // The stream may have moved on meanwhile; what it brought it has brought of the others only.
    const cursor = cursorText(this.position)
    subscription.snapshot = null
    const data = { id, cursor, resumed: 'fresh' as const, checkpoint: this.position.at === 0 }
    return { type: 'answer', request, answer: { type: 'subscribed', data } }
  }

  #move(): ModelFrame | null {
    // Between the events beside the stream and `subscribed` the stream stands still.
    if ([...this.#subscriptions.values()].some(({ snapshot }) => snapshot?.part === -2)) {
      const last = [...this.#subscriptions.values()].find(({ snapshot }) => snapshot?.part === -2)
      return last === undefined ? null : this.#load(last)
    }
    const from = this.position
    const changes = this.#database.transactions[from.count]
    if (changes === undefined) return null
    const at = Math.min(changes.length, from.at + 1 + this.#random(4))
    this.position = at === changes.length ? { count: from.count + 1, at: 0 } : { count: from.count, at }
    const inStream = [...this.#subscriptions.values()].filter(({ snapshot }) => snapshot === null)
    const events = this.#events(from, this.position, inStream)
    // Where nothing matches there is not always something to say.
    if (events.length === 0 && this.#random(2) === 0) return { type: 'aside', events }
    return { type: 'events', events, cursor: this.position }
  }

  #events(from: ModelCursor, to: ModelCursor, subscriptions: readonly Subscription[]): RealtimeEventData[] {
    const events: RealtimeEventData[] = []
    for (let count = from.count; count <= to.count; count++) {
      const changes = this.#database.transactions[count] ?? []
      const end = count < to.count ? changes.length : to.at
      for (let at = count === from.count ? from.at : 0; at < end; at++) {
        const event = toEvent(changes[at] as ModelChange, `${count}.${at}`, subscriptions)
        if (event !== null) events.push(event)
      }
    }
    return events
  }
}

function toEvent(
  change: ModelChange,
  eventId: string,
  subscriptions: readonly Subscription[],
): RealtimeEventData | null {
  const { table, op, before, after } = change
  const isTruncated = before?.isBig === true || after?.isBig === true
  const words = subscriptions.flatMap(({ request }): [string, 'enter' | 'leave' | 'stay' | null][] => {
    if (request.tables?.[0] !== table) return []
    const group = groupOf(request.where)
    if (op === 'TRUNCATE' || group === null || isTruncated) return [[request.id, null]]
    const [was, is] = [before?.g === group, after?.g === group]
    if (!was && !is) return []
    return [[request.id, is ? (was ? 'stay' : 'enter') : 'leave']]
  })
  if (words.length === 0) return null
  const row = after ?? before
  const [word] = words
  const isSame = words.every(([, other]) => other === word?.[1])
  const told = words.some(([, each]) => each !== null) ? (word?.[1] ?? 'stay') : null
  return {
    event_type: op,
    table,
    id: row === null ? null : String(row.id),
    ...(before && after && before.id !== after.id && { old_id: String(before.id) }),
    timestamp: '',
    data: row && (isTruncated ? { id: row.id } : rowData({ ...row, isBig: false }, undefined)),
    ...(op === 'UPDATE' && before && !isTruncated && { old_data: rowData(before, undefined) }),
    op,
    event_id: eventId,
    seq: null,
    tx: null,
    origin: null,
    channel: null,
    ...(isTruncated && { truncated: true as const }),
    ...(told !== null && { transition: told }),
    ...(!isSame && { transitions: Object.fromEntries(words) }),
    subscriptions: words.map(([id]) => id),
  }
}

function groupOf(where: string | null | undefined): number | null {
  const group = /^new\.g == (\d)$/.exec(where ?? '')?.[1]
  return group === undefined ? null : Number(group)
}

const types = { id: 'integer', g: 'integer', n: 'integer', label: 'text' }

function columnsOf({ columns }: SubscribeData) {
  return Object.entries(types)
    .filter(([name]) => columns === undefined || name === 'id' || columns.includes(name))
    .map(([name, type]) => ({ name, type }))
}

/** A row as it comes in JSON; of a big one the key. */
export function rowData(row: ModelRow, columns: readonly string[] | undefined): Record<string, unknown> {
  const { isBig, ...all } = row
  const names = Object.keys(all) as (keyof typeof all)[]
  const kept = names.filter(
    name => name === 'id' || (!isBig && (columns === undefined || columns.includes(name))),
  )
  return Object.fromEntries(kept.map(name => [name, all[name]]))
}
