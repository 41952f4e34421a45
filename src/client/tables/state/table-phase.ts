/**
 * What a live table is doing.
 * - `waiting`: for the first part of a snapshot
 * - `reading`: the rows of it come
 * - `following`: the events since it come, beside the stream
 * - `settling`: its events come in the stream, the next checkpoint completes it
 * - `live`: its rows are those of the last checkpoint
 * - `stale`: the connection is away, the stream will go on where it was
 * - `away`: the connection is away, its rows have to be read anew
 * - `failed`: the hub refused it
 * - `closed`: by the app
 */
export type TablePhase =
  | 'waiting'
  | 'reading'
  | 'following'
  | 'settling'
  | 'live'
  | 'stale'
  | 'away'
  | 'failed'
  | 'closed'

/**
 * What can happen to it.
 * - `part0`: the first part of a snapshot, which replaces what was known
 * - `end`: the snapshot is complete
 * - `subscribed`: from here on its events are in the stream
 * - `commit`: the stream is at a checkpoint
 * - `renew`: it has to be read anew
 * - `lost`: the connection is gone
 * - `refused`: the hub has not taken it, or will not go on with it
 * - `close`: the app ends it
 */
export type TableInput = 'part0' | 'end' | 'subscribed' | 'commit' | 'renew' | 'lost' | 'refused' | 'close'

type Moves = { readonly [Input in TableInput]?: TablePhase }

const open: Moves = { part0: 'reading', renew: 'waiting', lost: 'away', refused: 'failed', close: 'closed' }

const settled: Moves = { ...open, commit: 'live', lost: 'stale' }

/** Where each input leads from each phase; missing = it means nothing there. */
export const tableMoves: { readonly [Phase in TablePhase]: Moves } = {
  waiting: open,
  reading: { ...open, end: 'following' },
  following: { ...open, subscribed: 'settling' },
  settling: { ...open, commit: 'live' },
  live: settled,
  stale: settled,
  away: open,
  failed: { close: 'closed' },
  closed: {},
}
