/**
 * The advisory locks of rtbridge, all of class 1920229746 ("rtbr" in ASCII). Advisory locks belong to one database, end
 * with their session or transaction, and need no right.
 */
const lockClass = 1_920_229_746

/** Held exclusively by a sleeping sentinel; taken shared, to the end of their transaction, by writers (sql/install/0003). */
export const doorbellLock = [lockClass, 1] as const
/** Held exclusively by the sentinel for as long as it lives. */
export const sentinelLock = [lockClass, 2] as const
/** Held shared by every hub: how many are there. */
export const hubLock = [lockClass, 3] as const
/** Held shared by every `rtbridge bench --write`: what it made is in use. */
export const benchLock = [lockClass, 4] as const
