/** What became of messages between hubs. */
export const busOutcomes = ['sent', 'received', 'dropped', 'lost', 'junk', 'throttled'] as const

/** Of the bus between hubs. */
export interface BusNumbers extends Readonly<Record<(typeof busOutcomes)[number], number>> {
  readonly carrier: string
}

/** Of the hub: how it is, and what it counted. */
export interface HubNumbers
  extends Readonly<
    Record<
      | 'connections'
      | 'registered'
      | 'subscriptions'
      | 'profiles'
      | 'catchingUp'
      | 'behind'
      | 'queuedBytes'
      | 'heldBytes'
      | 'tailBytes'
      | 'snapshotsReading'
      | 'snapshotsWaiting',
      number
    >
  > {
  /** Null while live, else since when not, ISO 8601. */
  readonly staleSince: string | null
  /** Null before the first position. */
  readonly cursor: string | null
  readonly counters: Readonly<Record<HubCounter, number>>
}

type HubCounter =
  | 'connectionsOpened'
  | 'connectionsRefused'
  | 'batches'
  | 'delivered'
  | 'conflated'
  | 'fellBehind'
  | 'stalled'
  | 'repliesUnread'
  | 'replays'
  | 'replayErrors'
  | 'startedFresh'
  | 'resumed'
  | 'startedAfterGap'
  | 'gapsRetention'
  | 'gapsCapture'
  | 'gapsIncarnation'
  | 'gapsUnreadable'
  | 'gapsFuture'
  | 'snapshots'
  | 'snapshotRows'
  | 'snapshotReads'
  | 'whereErrors'
  | 'whereOverspent'
  | 'signals'
  | 'signalsRefused'
  | 'clientErrors'
  | 'limited'

/** Of the reader; what is missing has not been counted yet. */
export interface CaptureNumbers
  extends Readonly<
    Partial<
      Record<
        | 'reads'
        | 'emptyReads'
        | 'flushes'
        | 'rings'
        | 'bells'
        | 'connects'
        | 'failures'
        | 'unknownRows'
        | 'otherHubs',
        number
      >
    >
  > {
  readonly lagMs: number | null
}

/** Of the front door. */
export interface DoorNumbers {
  readonly connections: number
  readonly half_open: number
  readonly half_open_cut: number
  /** By code of the error. */
  readonly refused: Readonly<Partial<Record<string, number>>>
}
