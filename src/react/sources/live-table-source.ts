import type { ClientError } from '../../client/api/client-error.ts'
import type { TableSnapshot, TableStatus } from '../../client/tables/live-table.ts'
import type { TableOptions } from '../../client/tables/state/table-request.ts'
import type { SourceKind } from './shared-source.ts'

/** Rows of a live table, and how far they can be trusted. */
export interface LiveTableView<Row> {
  /** In order. Another array after each change; rows that did not change are the same objects. */
  readonly rows: readonly Row[]
  /**
   * - `idle`: no table is named
   * - `loading`: the rows are read, for the first time or anew; `rows` is what was before
   * - `live`: `rows` follows the database
   * - `stale`: the connection is away; `rows` is what was
   * - `failed`: see `error`
   */
  readonly state: 'idle' | TableStatus
  readonly error: ClientError | null
}

type AnyRow = Readonly<Record<string, unknown>>

/** Which table. */
export interface LiveTableRequest {
  readonly name: string
  readonly options: TableOptions
}

const noRows: readonly AnyRow[] = []

/** What there is to see when no table is named. */
export const idleTable: LiveTableView<AnyRow> = { rows: noRows, state: 'idle', error: null }

/** A live table. */
export const liveTable: SourceKind<LiveTableRequest, LiveTableView<AnyRow>> = {
  name: 'table',
  blank: { rows: noRows, state: 'loading', error: null },
  open(client, { name, options }, changed) {
    try {
      const table = client.table(name, options)
      table.subscribe(changed)
      return {
        get view() {
          return isBlank(table.getSnapshot()) ? liveTable.blank : table.getSnapshot()
        },
        close: () => table.close(),
      }
    } catch (error) {
      // Wrong options are shown where the hub's refusal is, not thrown out of an effect, which would take the page down.
      const view: LiveTableView<AnyRow> = { rows: noRows, state: 'failed', error: error as ClientError }
      return { view, close() {} }
    }
  },
}

/** What was shown before the table was open is not shown again as something new. */
function isBlank({ rows, state }: TableSnapshot<AnyRow>): boolean {
  return rows.length === 0 && state === 'loading'
}
