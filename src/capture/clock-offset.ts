/** What is known of one write: when it was sent and seen again, by the hub's clock, and made, by the database's; ms since 1970. */
export interface TimedWrite {
  readonly sentMs: number
  readonly writtenMs: number
  readonly seenMs: number
}

/**
 * How far the database's clock is ahead of the hub's, milliseconds; negative when it is behind. The write was made
 * between its being sent and being seen, which is all that can be told: clocks that may agree count as the same, and of others
 * the write counts as made when it was sent, which is wrong by a round trip at most, and makes nothing look faster than it is.
 */
export function clockOffsetMs({ sentMs, writtenMs, seenMs }: TimedWrite): number {
  // The database's time has whole milliseconds when it gets here.
  const mayAgree = writtenMs + 1 >= sentMs && writtenMs <= seenMs
  return mayAgree ? 0 : writtenMs - sentMs
}
