import { readAround } from './read-around.ts'
import { readAtOnce } from './read-at-once.ts'
import { readFew } from './read-few.ts'
import type { Place, ReadOptions, ReadPiece } from './read-piece.ts'

/**
 * Reads what became visible since a place, in order, in pieces of bounded size. Nothing is returned before it is durable:
 * when the WAL up to the read is not yet on disk and there is something to deliver, it is flushed first. A read that
 * found nothing and is not yet durable returns no piece, so that its snapshot is not used, unless somebody waits for it.
 *
 * What comes while a big transaction is read goes before the rest of it, where no row can be in both.
 *
 * @param from a checkpoint, or a place in a batch for which {@link canContinue} holds
 * @see https://www.postgresql.org/docs/current/wal-async-commit.html for what a crash may undo
 * @throws CursorGap `retention` when rows that came after `from` were pruned meanwhile, `capture` when triggers
 *   were off after it, `incarnation` when this is another journal
 * @throws RTB_DATABASE_*
 */
export async function* readJournal(from: Place, options: ReadOptions): AsyncGenerator<ReadPiece, void> {
  if (from.inBatch === null) {
    const few = options.expectsFew === true ? await readFew(from.snapshot, options) : 'many'
    if (few !== 'many') {
      if (few !== null) yield few
      return
    }
    const isCrowded = yield* readAtOnce(from.snapshot, options, options.bigRows)
    if (!isCrowded) return
  }
  const hasBig = yield* readAround(from, options)
  if (!hasBig) yield* readAtOnce(from.snapshot, options, null)
}

/** True when a read can go on there: what is left of the batch can be told from its two snapshots alone. */
export function canContinue({ snapshot, inBatch }: Place): boolean {
  return inBatch === null || inBatch.upTo.xmax === snapshot.xmax
}
