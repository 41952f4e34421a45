import type { GapReason } from '../../domain/cursor.ts'
import type { ClientMessage, Resumed } from '../../protocol/messages.ts'
import type { CompiledSubscription } from '../matching/subscription.ts'
import { isCheckpoint } from '../stream/encoded-batch.ts'
import type { Client } from './client.ts'

type SubscribeMessage = Extract<ClientMessage, { type: 'subscribe' }>

/**
 * Makes a subscription part of the connection's stream, and answers `subscribed`.
 * @throws RTB_SUBSCRIPTION_LIMIT RTB_ROOM_LIMIT
 */
export function attachSubscription(
  connection: Client,
  message: SubscribeMessage,
  subscription: CompiledSubscription,
  { resumed, reason }: { readonly resumed: Resumed; readonly reason: GapReason | null },
): void {
  const { feed, interests, context } = connection
  interests.add(subscription)
  connection.reselect()
  feed.expectCheckpoint()
  const cursor = feed.state === 'live' ? context.stream.checkpoint?.token : feed.position.token
  const isLive = message.data.snapshot === true
  const isWhole = isLive && resumed !== 'gap' && isAtCheckpoint(connection)
  connection.reply(message, 'subscribed', {
    id: subscription.spec.id,
    cursor: cursor ?? '',
    resumed,
    ...(isLive ? { checkpoint: isWhole } : {}),
    ...(reason === null ? {} : { reason }),
  })
  // The client waits for one, and may have got this one before.
  if (isLive && !isWhole) feed.repeatCheckpoint()
}

/**
 * Whether all that was sent equals the database at the hub's checkpoint. What waits may still be dropped, and then comes after
 * the answer: then it is not said.
 */
function isAtCheckpoint({ feed, context }: Client): boolean {
  const { head } = context.stream
  const isWaiting = feed.queue.hasLive || feed.conflation.isHolding
  return feed.state === 'live' && head !== null && isCheckpoint(head) && !isWaiting
}
