/** So many are read at once, whatever they weigh: two full-size rows of 1 MiB for each of these must fit into memory. */
export const fewRows = 128
const mostRows = 2_000
/** What one piece should weigh, bytes. */
const pieceBytes = 1_048_576

/**
 * How many rows to fetch next, so that a piece weighs about a megabyte whatever the rows are like.
 * @param bytesPerRow average of the piece before; null for the first piece
 */
export function nextChunkRows(bytesPerRow: number | null): number {
  if (bytesPerRow === null) return fewRows
  return Math.max(1, Math.min(mostRows, Math.floor(pieceBytes / Math.max(1, bytesPerRow))))
}
