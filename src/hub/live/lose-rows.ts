import type { Client } from '../connections/client.ts'
import type { CompiledSubscription } from '../matching/subscription.ts'
import { keepsRows } from './live-request.ts'

/**
 * Of these subscriptions it is not known whether an event is for them, which took too much work to tell. Where the client keeps
 * rows by one, these may be wrong from here on: the subscription ends, and the client has to read them anew.
 */
export function loseRows(connection: Client, unfinished: readonly CompiledSubscription[]): void {
  for (const { spec } of unfinished) if (keepsRows(spec)) loseRowsOf(connection, spec.id)
}

function loseRowsOf(connection: Client, id: string): void {
  const { feed, interests, context } = connection
  const replay = connection.replayOf(id)
  if (replay !== undefined) replay.lose()
  else if (interests.remove(id)) {
    connection.reselect()
    const cursor = feed.state === 'live' ? context.stream.checkpoint?.token : feed.position.token
    feed.reply('subscribed', { id, cursor: cursor ?? '', resumed: 'gap' })
  }
}
