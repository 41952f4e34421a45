import type { CapturedTable } from './change.ts'
import type { Cursor } from './cursor.ts'
import type { RowCondition } from './row-condition.ts'

/** One column to order rows by. */
export interface RowOrder {
  readonly column: string
  readonly direction: 'asc' | 'desc'
  /** Null: as PostgreSQL does, last when ascending. */
  readonly nulls: 'first' | 'last' | null
}

/** What somebody may know of a table. */
export interface TableView {
  /** Columns that he never sees. */
  readonly hidden: readonly string[]
  /** Columns that he does not see of every row; those of `hidden` among them. An order would tell of them. */
  readonly partlyHidden: readonly string[]
  /** He sees every row, and all of it. */
  readonly isWhole: boolean
}

/** Which rows of a table are wanted. */
export interface RowsRequest {
  /** As clients name it, see `tableLabel`. */
  readonly table: string
  /** Columns that are wanted besides the key: those that are not there are refused. Null = all. */
  readonly columns: readonly string[] | null
  /** Null: in any order; the key decides among equals, so that an empty list is by key. */
  readonly orderBy: readonly RowOrder[] | null
  /** Rows of which it does not hold may be left out. Null = none may. */
  readonly where: RowCondition | null
  /** No more rows are wanted, of those that are seen. Null = all. */
  readonly limit: number | null
  /** What may be known of a table; null = not even that it is there. */
  readonly view: (table: Pick<CapturedTable, 'schema' | 'name'>) => TableView | null
}

/** A row as its trigger would journal it. */
export interface TableRow {
  /** JSON object, exactly as PostgreSQL printed it. */
  readonly text: string
  /** It was too big: it holds the key only. */
  readonly truncated: boolean
}

/** A column with PostgreSQL's name of its type, of a domain its base type. */
export interface TableColumn {
  readonly name: string
  readonly type: string
}

/** The rows of a table at one moment, durable, as they are taken one piece after the other. */
export interface OpenRows {
  readonly table: CapturedTable
  /** Of the rows, in the table's order. */
  readonly columns: readonly TableColumn[]
  /** True when a TRUNCATE of the table may speak of a part of it only. */
  readonly partitioned: boolean
  /** The moment. A checkpoint. */
  readonly cursor: Cursor
  /**
   * The next rows; an empty list when there are no more.
   * @throws RTB_SNAPSHOT_IN_THE_WAY when somebody waits for the table; RTB_DATABASE_*
   */
  read(): Promise<readonly TableRow[]>
  /** Ends the reading, finished or not, and gives back what it holds. Idempotent. */
  close(): Promise<void>
}

/** The tables, as the hub asks for their rows: reads of the database, joined by `daemon.ts`. */
export interface TableRows {
  /**
   * Begins to read; the first rows may take as long as the database needs to sort them.
   * @param signal gives up waiting, and ends a reading that is open
   * @throws RTB_SNAPSHOT_TABLE RTB_SNAPSHOT_KEY RTB_SNAPSHOT_COLUMN RTB_SNAPSHOT_ORDER RTB_SNAPSHOT_UNREADABLE
   * @throws RTB_SNAPSHOT_IN_THE_WAY RTB_DATABASE_*
   */
  open(request: RowsRequest, signal: AbortSignal): Promise<OpenRows>
}
