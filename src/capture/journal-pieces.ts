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
    let held: readonly JournalRow[] | null = null
    let bytesPerRow: number | null = null
    while (true) {
      const { rows, last } = await readPiece(stream, bytesPerRow)
      const isOver = last && rows.length === 0
      if (held !== null) yield { rows: held, last: isOver }
      if (held !== null && isOver) return
      if (last) {
        yield { rows, last }
        return
      }
      bytesPerRow = weighRow(rows)
      held = rows
    }
  } finally {
    await stream.close()
  }
}

/** The next rows, and whether fewer came than were asked for. Of the first ones a few tell how many may follow. */
async function readPiece(stream: RowStream, bytesPerRow: number | null): Promise<JournalPiece> {
  const wanted = nextChunkRows(bytesPerRow)
  const rows = await stream.read(wanted)
  const last = rows.length < wanted
  const more = last || bytesPerRow !== null ? 0 : nextChunkRows(weighRow(rows)) - wanted
  if (more <= 0) return { rows, last }
  const rest = await stream.read(more)
  return { rows: [...rows, ...rest], last: rest.length < more }
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
