import type { RowStream } from '../database/row-stream.ts'
import type { JournalRow } from './change-row.ts'
import { nextChunkRows } from './chunk-size.ts'

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
    let rows: readonly JournalRow[] | null = null
    let bytesPerRow: number | null = null
    while (true) {
      const wanted = nextChunkRows(bytesPerRow)
      const next = await stream.read(wanted)
      if (rows !== null) yield { rows, last: next.length === 0 }
      if (rows !== null && next.length === 0) return
      if (next.length < wanted) {
        yield { rows: next, last: true }
        return
      }
      bytesPerRow = weighRow(next)
      rows = next
    }
  } finally {
    await stream.close()
  }
}

/** The rows of a statement that are few, as the only piece: one exchange with the server, where pieces take two. */
export async function* wholePiece(rows: Promise<readonly JournalRow[]>): AsyncGenerator<JournalPiece> {
  yield { rows: await rows, last: true }
}

/** What a row of these weighs on average, bytes; null when there is none. */
export function weighRow(rows: readonly JournalRow[]): number | null {
  if (rows.length === 0) return null
  let bytes = 0
  for (const row of rows) bytes += 200 + (row['old_row']?.length ?? 0) + (row['new_row']?.length ?? 0)
  return bytes / rows.length
}
