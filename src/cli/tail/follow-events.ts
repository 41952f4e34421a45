import { setTimeout as pause } from 'node:timers/promises'
import { RtbridgeError } from '../../domain/errors/registry.ts'
import { type FollowPosition, followConnection } from './follow-connection.ts'
import type { FollowOptions } from './follow-options.ts'
import { SeenEvents } from './seen-events.ts'

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
