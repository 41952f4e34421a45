import type { HubMessageData, RealtimeEventData } from '../../protocol/messages.ts'
import { type Entry, KnownRows } from './known-rows.ts'
import { type AnyRow, createRowOrder, type Place, type RowOrder } from './row-order.ts'
import { type TableInput, type TablePhase, tableMoves } from './table-phase.ts'
import { maxRows, type TableRequest } from './table-request.ts'

/** What is to be done after an input; `renew`: call {@link TableState.renew}, and subscribe anew. */
export type TableEffect = 'renew' | null

/** When events are its own: before, they are of the subscription that is replaced. */
const heard: ReadonlySet<TablePhase> = new Set(['following', 'settling', 'live', 'stale'])

/**
 * The rows of one live table, made from what the hub says. It knows no connection and no time.
 *
 * Changes wait until a checkpoint, the last one of each row counts: so those that come again after a reconnect
 * change nothing. A snapshot is a change of all rows. When it is not known what the rows are, nothing is shown
 * until they have been read anew; what was shown stays.
 */
export class TableState {
  readonly #id: string
  readonly #request: TableRequest
  readonly #known: KnownRows
  #phase: TablePhase = 'waiting'
  #cursor: string | null = null
  #order: RowOrder = createRowOrder([], { key: [], columns: [] })
  #project: (row: AnyRow) => AnyRow = row => row
  #isPartitioned = false
  /** Place of the last row that was read, when there are more: what is behind it is not known. */
  #frontier: Place | null = null
  /** How many rows to read of a table with a limit: with some in reserve for those that leave. */
  #wanted: number | undefined
  #staged = new Map<string, Entry | null | undefined>()
  /** True: what is staged is all there is. */
  #isWhole = false
  /** True: a row that is known by its key only may be known better. */
  #isOutdated = false
  /** True: what is staged does not tell what the rows are. */
  #isUnsure = false

  /** @param id of its subscription */
  constructor(id: string, request: TableRequest) {
    this.#id = id
    this.#request = request
    const { limit } = request
    this.#known = new KnownRows(limit ?? Number.POSITIVE_INFINITY)
    this.#wanted = limit && Math.min(limit * 2 + 10, maxRows)
  }

  get phase(): TablePhase {
    return this.#phase
  }

  /** True when it can go on with the stream's cursor. */
  get isSettled(): boolean {
    return this.#phase === 'live' || this.#phase === 'stale'
  }

  /** Where the rows equal the database; null before there are any. */
  get cursor(): string | null {
    return this.#cursor
  }

  get known(): Omit<KnownRows, 'change' | 'replace' | 'trim'> {
    return this.#known
  }

  /** How many rows to ask for; missing = all. */
  get wanted(): number | undefined {
    return this.#wanted
  }

  /** The row with this key, when it is shown. */
  get(id: string): Entry | undefined {
    return this.#known.shown(id, this.#order)
  }

  /** The first part of a snapshot, or another one. */
  snapshot({
    part,
    ids,
    rows,
    truncated = [],
    key = [],
    columns = [],
    partitioned,
  }: HubMessageData['snapshot']): void {
    if (part === 0) {
      if (!this.#move('part0')) return
      this.#forget(true)
      this.#order = createRowOrder(this.#request.orderBy, { key, columns })
      this.#project = projection(this.#request.columns && [...key, ...this.#request.columns])
      this.#isPartitioned = partitioned === true
      this.#isOutdated = false
      this.#frontier = null
    }
    if (this.#phase !== 'reading') return
    const unknown = new Set(truncated)
    ids.forEach((id, at) => {
      const row = rows[at] as AnyRow
      const before = this.#frontier
      // The hub knows where a row stands whose columns are not known here: behind the last one.
      const isPlaced = unknown.has(id) && this.#request.orderBy.length > 0
      const place = isPlaced
        ? { values: before?.values ?? [], rank: (before?.rank ?? 0) + 1, id }
        : this.#order.placeOf(id, row)
      this.#staged.set(id, this.#entry(id, row, place, unknown.has(id)))
      this.#frontier = place
    })
  }

  snapshotEnd({ more }: HubMessageData['snapshot_end']): void {
    if (this.#move('end') && !more) this.#frontier = null
  }

  subscribed({ resumed }: HubMessageData['subscribed']): TableEffect {
    if (resumed === 'gap') return this.renew()
    this.#move('subscribed')
    return null
  }

  event(event: RealtimeEventData): void {
    const { op, id, old_id: oldId = null, truncated, data, old_data: oldData } = event
    if (!heard.has(this.#phase) || event.event_type !== op) return
    if (op === 'TRUNCATE') {
      // Of a partitioned table it may have emptied one partition.
      if (this.#isPartitioned) this.#isUnsure = true
      else this.#truncate()
    } else if (id !== null) {
      const transition = event.transitions ? event.transitions[this.#id] : event.transition
      const isGone = op === 'DELETE' || transition === 'leave'
      const before = truncated ? null : op === 'DELETE' ? data : oldData
      if (isGone) this.#remove(oldId ?? id, before)
      else {
        if (oldId !== null || op === 'INSERT' || transition === 'enter') this.#arrive(id, oldId)
        if (oldId !== null && transition !== 'enter') this.#remove(oldId, before)
        this.#put(id, event)
      }
    }
  }

  /** The stream is at a checkpoint. */
  commit(cursor: string): TableEffect {
    if (tableMoves[this.#phase].commit === undefined) return null
    const changes = new Map<string, Entry | null>()
    let size = this.#isWhole ? 0 : this.#known.size
    for (const [id, next] of this.#staged) {
      // A row that was too big to be sent, and nothing later tells what became of it.
      if (next === undefined) return this.renew()
      changes.set(id, next)
      size += Number(next !== null) - Number(!this.#isWhole && this.#known.get(id) !== undefined)
    }
    if (this.#isUnsure) return this.renew()
    if (this.#frontier !== null && this.#request.limit !== undefined && size < this.#request.limit) {
      // They ran out before the next ones came: keep more in reserve.
      this.#wanted = Math.min((this.#wanted ?? 0) * 2, maxRows)
      return this.renew()
    }
    this.#move('commit')
    if (this.#isWhole) this.#known.replace(changes, this.#order)
    else this.#known.change(changes, this.#order)
    this.#staged.clear()
    this.#isWhole = false
    this.#trim()
    this.#cursor = cursor
    return this.#isOutdated ? 'renew' : null
  }
  /** What is known is not enough any more. */
  renew(): TableEffect {
    if (!this.#move('renew')) return null
    this.#forget(false)
    return 'renew'
  }

  away(): void {
    // What is staged of a settled one is up to the stream's cursor, which goes on from there.
    if (this.#move('lost') && !this.isSettled) this.#forget(false)
  }

  /** The hub will not go on with it. @returns false when that means nothing any more */
  refused(): boolean {
    const isNew = this.#move('refused')
    if (isNew) this.#forget(false)
    return isNew
  }

  close(): void {
    if (this.#move('close')) this.#forget(false)
  }

  #move(input: TableInput): boolean {
    const next = tableMoves[this.#phase][input]
    if (next !== undefined) this.#phase = next
    return next !== undefined
  }

  #forget(isWhole: boolean): void {
    this.#staged = new Map()
    this.#isWhole = isWhole
    this.#isUnsure = false
  }

  #entry(id: string, row: AnyRow, place: Place, isTruncated: boolean): Entry {
    return { id, row: this.#project(row), place, isTruncated, isShown: false, isGone: false }
  }

  /** The row with this key with all that is staged; undefined where there is none, or it is not known. */
  #current(id: string): Entry | undefined {
    if (this.#isWhole || this.#staged.has(id)) return this.#staged.get(id) ?? undefined
    return this.#known.get(id)
  }

  #truncate(): void {
    this.#staged.clear()
    this.#isWhole = true
    this.#isUnsure = false
    this.#frontier = null
  }

  /**
   * A row comes to a key that it did not have. Is another one there, its constraint is deferred: that one will leave the key, and
   * what then comes of it cannot be told from what comes of this one. (Unless it is this one, which comes again.)
   */
  #arrive(id: string, from: string | null): void {
    const hasLeft = from === null || this.#staged.get(from) === null
    if (this.#current(id) !== undefined && !(this.#staged.has(id) && hasLeft)) this.#isUnsure = true
  }

  /** @param row as it was, where that is known */
  #remove(id: string, row: unknown): void {
    // What was behind the frontier is not here; the row of this key that is, has come to it since.
    if (isRow(row) && this.#isBehind(this.#order.placeOf(id, row))) return
    this.#staged.set(id, null)
  }

  #isBehind(place: Place): boolean {
    return this.#frontier !== null && this.#order.compare(place, this.#frontier) > 0
  }

  #put(id: string, { truncated, data }: RealtimeEventData): void {
    if (truncated) {
      const { where, limit } = this.#request
      // It has been too big before, and may be so still: what is shown is not wrong until it has been read.
      const isStill = where === undefined && limit === undefined && this.#current(id)?.isTruncated === true
      if (isStill) this.#isOutdated = true
      else this.#staged.set(id, undefined)
      return
    }
    const row = data as AnyRow
    const place = this.#order.placeOf(id, row)
    this.#staged.set(id, this.#isBehind(place) ? null : this.#entry(id, row, place, false))
  }

  /** A table with a limit does not keep all that ever came into it. */
  #trim(): void {
    if (this.#wanted === undefined || this.#known.size <= this.#wanted * 2) return
    this.#frontier = this.#known.trim(this.#wanted) ?? null
  }
}

function projection(columns: readonly string[] | undefined): (row: AnyRow) => AnyRow {
  if (columns === undefined) return row => row
  return row => Object.fromEntries(columns.filter(name => name in row).map(name => [name, row[name]]))
}

function isRow(data: unknown): data is AnyRow {
  return typeof data === 'object' && data !== null
}
