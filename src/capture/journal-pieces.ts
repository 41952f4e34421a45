import type { RowStream } from '../database/row-stream.ts'
import type { JournalRow } from './change-row.ts'
import { pieceBytes, pieceRows } from './piece-size.ts'

/** A part of one read, in memory whole. */
export interface JournalPiece {
  readonly rows: readonly JournalRow[]
  /** True when no row follows. */
  readonly last: boolean
}

/**
 * The rows of a statement in pieces of bounded weight. Always yields at least one piece, and knows which is the last.
 * The statement is ended when the iteration is.
 */
export async function* readPieces(stream: RowStream): AsyncGenerator<JournalPiece> {
  try {
    let held: readonly JournalRow[] | null = null
    while (!stream.isOver) {
      const rows = await stream.read(pieceRows, pieceBytes)
      const isEnd = stream.isOver && rows.length === 0
      if (held !== null) yield { rows: held, last: isEnd }
      held = isEnd && held !== null ? null : rows
    }
    if (held !== null) yield { rows: held, last: true }
  } finally {
    await stream.close()
  }
}
