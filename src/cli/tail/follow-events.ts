import { setTimeout as pause } from 'node:timers/promises'
import { RtbridgeError } from '../../domain/errors/registry.ts'
import type { GapReasonWord, SubscriptionRequest } from '../../protocol/messages.ts'
import { type FollowPosition, followConnection } from './follow-connection.ts'
import type { ReceivedEvent } from './read-frame.ts'
import { SeenEvents } from './seen-events.ts'

export interface FollowOptions {
  /** `ws://host:port` */
  readonly url: string
  readonly appName: string
  /** What to get; null = everything. */
  readonly subscription: SubscriptionRequest | null
  /** Rooms to join: their events come besides those for everyone. */
  readonly join: readonly string[]
  /** Where to go on; null = from now. */
  readonly since: string | null
  /** Ends it. */
  readonly signal: AbortSignal
  /** Every event once, in order. */
  readonly onEvent: (received: ReceivedEvent) => void
  /** The position after the events so far; a checkpoint is one between whole transactions. */
  readonly onCursor: (cursor: string, isCheckpoint: boolean) => void
  readonly onNotice: (notice: Notice) => void
}

/** What happens to the stream besides events. */
export type Notice =
  | { readonly kind: 'connected'; readonly resumed: boolean }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'gap'; readonly reason: GapReasonWord }
  | { readonly kind: 'stale'; readonly since: string; readonly reason: string }
  | { readonly kind: 'live' }
  | { readonly kind: 'lost'; readonly problem: string; readonly retryMs: number }

const firstRetryMs = 250
const longestRetryMs = 10_000

/**
 * Follows a hub's events until the signal aborts: connects again whenever the connection is lost, for as long as it
 * takes, and goes on with its cursor, so that nothing is missed.
 *
 * @throws RTB_TAIL_UNREACHABLE when the first connection fails, RTB_TAIL_REJECTED when the hub refuses
 */
export async function followEvents(options: FollowOptions): Promise<void> {
  const { signal, onNotice } = options
  const position: FollowPosition = {
    cursor: options.since,
    seen: new SeenEvents(),
    retryMs: null,
    failures: 0,
  }
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const problem = await followConnection(options, position).catch((error: unknown) => {
      const isAway = error instanceof RtbridgeError && error.code === 'RTB_TAIL_UNREACHABLE'
      if (isFirst || !isAway) throw error
      return error.message
    })
    if (signal.aborted) return
    const retryMs = Math.round(position.retryMs ?? backOffMs(position.failures++))
    onNotice({ kind: 'lost', problem, retryMs })
    await pause(retryMs, undefined, { signal }).catch(() => {})
  }
}

/** Doubles, and is spread, so that not everybody comes back at once. */
function backOffMs(failures: number): number {
  return Math.min(longestRetryMs, firstRetryMs * 2 ** failures) * (0.5 + Math.random() / 2)
}
