// Apps whose `lib` is ES2022 do not know `Disposable`: without this line the types would not compile there.
/// <reference lib="esnext.disposable" preserve="true" />
import type { ClientError } from '../api/client-error.ts'
import type { Unlisten } from '../platform/listeners.ts'

/**
 * What a live table is doing.
 * - `loading`: its rows are read, for the first time or anew; `rows` is what was before
 * - `live`: `rows` follows the database
 * - `stale`: the connection is away; `rows` is what was
 * - `failed`: the hub refused it, see `error`
 * - `closed`: by the app
 */
export type TableStatus = 'loading' | 'live' | 'stale' | 'failed' | 'closed'

/** What has changed since the last time. */
export interface TableChange<Row> {
  readonly added: readonly Row[]
  /** As they are now. */
  readonly updated: readonly Row[]
  /** As they were. */
  readonly removed: readonly Row[]
}

/** A live table at one moment: another object after each change. */
export interface TableSnapshot<Row> {
  readonly rows: readonly Row[]
  readonly state: TableStatus
  readonly error: ClientError | null
}

/** The rows of a table, as SQL would return them at `cursor`. */
export interface LiveTable<Row = Readonly<Record<string, unknown>>> extends Disposable {
  /** In order. Another array after each change; rows that did not change are the same objects. */
  readonly rows: readonly Row[]
  /** The row with this key, as text; of a key of several columns a JSON array of texts, as `id` of an event. */
  get(id: string): Row | undefined
  /** True: the row with this key is too big to be sent, and has its key only. */
  isTruncated(id: string): boolean
  readonly state: TableStatus
  /** Why it failed; null otherwise. */
  readonly error: ClientError | null
  /** Where `rows` equals the database; null before there are any. */
  readonly cursor: string | null
  /**
   * Resolves when it is live.
   * @throws ClientError with the hub's code, or RTB_CLIENT_CLOSED
   */
  ready(): Promise<void>
  /** Hears of every change of `rows`, after all live tables of the client have changed. */
  onChange(listener: (rows: readonly Row[], change: TableChange<Row>) => unknown): Unlisten
  /** Hears that `getSnapshot()` gives another object: for `useSyncExternalStore`. */
  subscribe(listener: () => void): Unlisten
  /** Rows and state together; the same object until one of them changes. */
  getSnapshot(): TableSnapshot<Row>
  /** Ends it. Calling it again does nothing. */
  close(): void
}
