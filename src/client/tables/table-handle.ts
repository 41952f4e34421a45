import type { ClientError } from '../client-error.ts'
import { clientError } from '../client-errors.ts'
import type { Unlisten } from '../core-client.ts'
import { Listeners, type Report } from '../listeners.ts'
import type { RowChange } from './known-rows.ts'
import type { LiveTable, TableChange, TableSnapshot, TableStatus } from './live-table.ts'
import type { AnyRow } from './row-order.ts'
import type { TableListener, TablePart } from './table-part.ts'

/** One use of a live table: others of the same table share its rows, and each is closed by itself. */
export class TableHandle implements LiveTable<AnyRow>, TableListener {
  readonly #part: TablePart
  readonly #report: Report
  readonly #closed: () => void
  readonly #changes = new Listeners<RowChange>()
  readonly #news = new Listeners<void>()
  /** What was when it was closed. */
  #last: TableSnapshot<AnyRow> | null = null

  /** @param closed called once, when it is closed */
  constructor(part: TablePart, report: Report, closed: () => void) {
    this.#part = part
    this.#report = report
    this.#closed = closed
    part.listeners.add(this)
  }

  get rows(): readonly AnyRow[] {
    return this.getSnapshot().rows
  }

  get state(): TableStatus {
    return this.getSnapshot().state
  }

  get error(): ClientError | null {
    return this.getSnapshot().error
  }

  get cursor(): string | null {
    return this.#part.cursor
  }

  get(id: string): AnyRow | undefined {
    return this.#part.get(id)?.row
  }

  isTruncated(id: string): boolean {
    return this.#part.get(id)?.isTruncated === true
  }

  async ready(): Promise<void> {
    while (this.state !== 'live') {
      if (this.state === 'failed' || this.state === 'closed') {
        throw this.error ?? clientError('RTB_CLIENT_CLOSED')
      }
      await new Promise<void>(resolve => {
        const end = this.subscribe(() => {
          end()
          resolve()
        })
      })
    }
  }

  onChange(listener: (rows: readonly AnyRow[], change: TableChange<AnyRow>) => unknown): Unlisten {
    return this.#changes.add(change => listener(this.rows, change))
  }

  subscribe(listener: () => void): Unlisten {
    return this.#news.add(listener)
  }

  getSnapshot(): TableSnapshot<AnyRow> {
    return this.#last ?? this.#part.snapshot
  }

  close(): void {
    if (this.#last !== null) return
    this.#last = { ...this.#part.snapshot, state: 'closed' }
    this.#part.listeners.delete(this)
    this.#closed()
    this.news()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  changed(change: RowChange): void {
    this.#changes.emit(change, this.#report)
  }

  news(): void {
    this.#news.emit(undefined, this.#report)
  }
}
