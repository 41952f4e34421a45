import type { FrameLimits } from '../protocol/read-client-message.ts'
import { whereWorkPerEvent } from './matching/profile.ts'

/** What bounds a hub. */
export interface HubLimits extends FrameLimits {
  readonly maxConnections: number
  /** How long a connection may be without somebody who signed in, milliseconds. */
  readonly signInMs: number
  readonly maxSubscriptions: number
  readonly maxRooms: number
  /** Work that the `where` conditions of a connection may do on one event, in the units of an expression's budget. */
  readonly whereWorkPerEvent: number
  /** How often it is asked again who may be in which room, milliseconds; 0 = never. */
  readonly roomRecheckMs: number
  /** Signals one connection may send in a second on average, and at once after a rest. */
  readonly signalsPerSecond: number
  readonly signalBurst: number
  /** Data of one signal, bytes. */
  readonly signalBytes: number
  /** True: only members may send to a room; false: also who may join it. */
  readonly signalsMembersOnly: boolean
  /** An app that is gone counts as there for this long, milliseconds. */
  readonly presenceGraceMs: number
  /** How often hubs tell each other that they are there, milliseconds. */
  readonly presenceHeartbeatMs: number
  /** How long somebody who went is shown as offline, milliseconds. */
  readonly presenceRememberMs: number
  /** Frames of live events waiting for one connection; above it the connection falls behind, bytes. */
  readonly queueBytes: number
  /** Frames are handed to a peer while it holds less than this, bytes; at least 64 KiB. */
  readonly highWaterBytes: number
  /** Answers waiting for one connection; above it the connection is cut, bytes. */
  readonly replyBytes: number
  /** What a client may send while `register` waits for the hub, bytes. */
  readonly pendingBytes: number
  /** Recent batches kept in memory for connections that are a little late, bytes. */
  readonly tailBytes: number
  /** Connections that read from the journal at the same time. */
  readonly replays: number
  /** A replay whose client takes longer than this for one batch gives its place to another, milliseconds. */
  readonly replayPatienceMs: number
  /** Tables that are read for live tables at the same time. */
  readonly snapshots: number
  /** Reads of tables that may wait for their turn; who asks for one more is refused. */
  readonly snapshotsWaiting: number
  /** A read whose client takes longer than this for what waits for it goes on without it, milliseconds. */
  readonly snapshotPatienceMs: number
  /** How often a connection for which nothing matches gets a checkpoint, milliseconds. */
  readonly checkpointEveryMs: number
  /** A connection that takes nothing of what waits for it is cut after this, milliseconds. */
  readonly stalledAfterMs: number
  /** How long `close()` waits for connections to take what is left, milliseconds. */
  readonly closeWithinMs: number
  /** Pause after a failed read of the history, milliseconds. */
  readonly retryDelayMs: number
  /** A connection is told at most so often that its conditions take too much work, milliseconds. */
  readonly noticeEveryMs: number
  /** Clients come back within this time after `going_away`, spread evenly, milliseconds. */
  readonly returnSpreadMs: number
}

/** Bounds a small machine carries: 500 connections cost at most 500 × `queueBytes`. */
export const defaultLimits: HubLimits = {
  maxFrameBytes: 256 * 1024,
  maxDepth: 64,
  maxWhereLength: 2_000,
  maxConnections: 10_000,
  signInMs: 5_000,
  maxSubscriptions: 100,
  maxRooms: 200,
  whereWorkPerEvent,
  roomRecheckMs: 0,
  signalsPerSecond: 20,
  signalBurst: 40,
  signalBytes: 64 * 1024,
  signalsMembersOnly: false,
  presenceGraceMs: 5_000,
  presenceHeartbeatMs: 3_000,
  presenceRememberMs: 600_000,
  queueBytes: 1024 * 1024,
  highWaterBytes: 256 * 1024,
  replyBytes: 256 * 1024,
  pendingBytes: 256 * 1024,
  tailBytes: 32 * 1024 * 1024,
  replays: 4,
  replayPatienceMs: 1_000,
  snapshots: 4,
  snapshotsWaiting: 1_000,
  snapshotPatienceMs: 5_000,
  checkpointEveryMs: 5_000,
  stalledAfterMs: 30_000,
  closeWithinMs: 3_000,
  retryDelayMs: 1_000,
  noticeEveryMs: 10_000,
  returnSpreadMs: 5_000,
}

const limitCodes: ReadonlySet<string> = new Set([
  'RTB_FRAME_TOO_LARGE',
  'RTB_FRAME_TOO_DEEP',
  'RTB_REGISTER_PENDING',
  'RTB_SUBSCRIPTION_LIMIT',
  'RTB_SUBSCRIPTION_WORK',
  'RTB_ROOM_LIMIT',
  'RTB_SNAPSHOT_LIMIT',
])

/** Whether an error says that a connection asked for more than it may have; such are counted. */
export function isLimitError(code: string): boolean {
  return code.startsWith('RTB_LIMIT_') || limitCodes.has(code)
}
