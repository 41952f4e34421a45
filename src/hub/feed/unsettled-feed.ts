import type { Wire } from '../connections/peer.ts'
import type { EncodedBatch } from '../stream/encoded-batch.ts'

/**
 * A feed that needs a word about a batch of which it gets nothing: it lacks the checkpoint after what it got before, or
 * it holds back events and has to know how far the stream has come.
 */
export interface UnsettledFeed {
  /** The next live batch, none of whose events are for this feed. */
  passOver(batch: EncodedBatch, checkpoint: (wire: Wire) => Buffer): void
}
