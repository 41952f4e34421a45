import { closeCodes } from '../../protocol/close-codes.ts'
import { pause } from '../clock.ts'
import type { HubContext } from '../context.ts'
import type { Connection } from './connection.ts'

/**
 * Sends `going_away` to every connection, each with another time to come back, waits until it was handed over, and
 * ends them; who does not take it within `closeWithinMs` is cut.
 */
export async function dismissConnections(
  connections: readonly Connection[],
  context: HubContext<unknown>,
  { reason, random }: { readonly reason: string; readonly random: () => number },
): Promise<void> {
  const { limits, clock } = context
  for (const { feed } of connections) {
    feed.conflation.flush()
    feed.reply('going_away', { reason, retry_ms: Math.floor(random() * limits.returnSpreadMs) })
  }
  const settled = new AbortController()
  const flushed = Promise.all(connections.map(({ feed }) => feed.queue.whenBelow(0)))
  await Promise.race([flushed, pause(clock, limits.closeWithinMs, settled.signal)])
  settled.abort()
  for (const connection of connections) connection.dismiss(closeCodes.goingAway, reason)
}
