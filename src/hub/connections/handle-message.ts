import { rtbridgeError } from '../../domain/errors/registry.ts'
import type { ClientMessage, ClientMessageType } from '../../protocol/messages.ts'
import { checkPublish } from '../check-publish.ts'
import { compileSubscription, toSubscriptionSpec } from '../matching/subscription.ts'
import { onceKeyOf } from '../once-key-of.ts'
import { answerPresence } from '../rooms/answer-presence.ts'
import { joinRoom, leaveRoom } from '../rooms/join-room.ts'
import { whenAllowed } from '../rooms/require-rooms.ts'
import { whenMaySend } from '../rooms/send-signal.ts'
import { isCheckpoint } from '../stream/encoded-batch.ts'
import { attachSubscription } from './attach-subscription.ts'
import type { Client } from './client.ts'
import { readToken } from './register.ts'
import { authenticate } from './sign-in.ts'

type MessageOf<Type extends ClientMessageType> = Extract<ClientMessage, { type: Type }>

/**
 * Does what a registered client asks for, and answers it.
 * @throws an error of the registry, which becomes an `error` frame
 */
export function handleMessage(connection: Client, message: ClientMessage): Promise<void> | void {
  switch (message.type) {
    case 'subscribe':
      if (message.data.snapshot === true) {
        return connection.rooms.run(message.data, () => connection.live.subscribe(message))
      }
      return whenAllowed(connection, { rooms: message.data.rooms ?? [], data: message.data }, () =>
        subscribe(connection, message),
      )
    case 'unsubscribe':
      return connection.rooms.run(message.data, () => unsubscribe(connection, message))
    case 'join':
      return joinRoom(connection, message)
    case 'leave':
      return leaveRoom(connection, message)
    case 'presence':
      return answerPresence(connection, message)
    case 'custom_event':
      return whenMaySend(connection, message.data, () => sendCustomEvent(connection, message))
    case 'auth':
      return authenticate(connection, message)
    case 'ping':
      return connection.reply(message, 'pong', {})
    case 'register':
      throw rtbridgeError('RTB_REGISTER_TWICE', {})
  }
}

/**
 * Without `since`, and with the hub between two batches, the subscription is part of the stream at once. Inside a big
 * batch it starts at the checkpoint before it, so that it never sees half a transaction.
 */
function subscribe(connection: Client, message: MessageOf<'subscribe'>): void {
  const { stream } = connection.context
  const subscription = compileSubscription(toSubscriptionSpec(message.data))
  connection.cancelReplay(subscription.spec.id)
  connection.interests.checkRoom(subscription, connection.pendingSubscriptions)
  const { head, checkpoint } = stream
  if (head === null || checkpoint === null) return
  const { since = null } = message.data
  if (since === null && isCheckpoint(head)) {
    attachSubscription(connection, message, subscription, { resumed: 'fresh', reason: null })
    return
  }
  const position = since === null ? checkpoint : readToken(since)
  if (position === null) {
    attachSubscription(connection, message, subscription, { resumed: 'gap', reason: 'unreadable' })
    return
  }
  const { id, rooms } = subscription.spec
  if (rooms.length > 0) connection.rooms.replaying = (connection.rooms.replaying ?? new Map()).set(id, rooms)
  connection.replaySubscription(
    subscription,
    position,
    outcome => {
      connection.rooms.replaying?.delete(id)
      try {
        attachSubscription(connection, message, subscription, outcome)
      } catch (thrown) {
        // Rooms joined in the meantime may have taken the last place.
        connection.fail(message, thrown)
      }
    },
    since === null,
  )
}

function unsubscribe(connection: Client, message: MessageOf<'unsubscribe'>): void {
  const { id } = message.data
  const wasPending = connection.cancelReplay(id)
  if (!connection.interests.remove(id) && !wasPending) throw rtbridgeError('RTB_SUBSCRIPTION_UNKNOWN', { id })
  connection.reselect()
  connection.reply(message, 'unsubscribed', { id })
}

async function sendCustomEvent(connection: Client, message: MessageOf<'custom_event'>): Promise<void> {
  const { event_type: eventType, room = null, durable = false } = message.data
  const data = JSON.stringify(message.data.data ?? null)
  const origin = connection.clientId ?? connection.id
  const { context } = connection
  const { identity, remoteAddress: address } = connection
  checkPublish(context, { identity, address, connection: connection.id }, { eventType, room })
  if (!durable) {
    const { newId, signals, counters } = context
    counters.signals++
    const at = context.timestamp()
    await signals.publish({
      eventId: newId(),
      eventType,
      data,
      room,
      origin,
      connectionId: connection.id,
      at,
    })
  } else {
    if (context.publishDurable === null) throw rtbridgeError('RTB_CUSTOM_EVENT_DURABLE', {})
    const key = message.data.idempotency_key
    const once = onceKeyOf(identity, key, { kind: 'client', name: origin })
    await connection.durable.store({ eventType, data, room, origin, once }, context.publishDurable)
  }
  if (message.messageId !== null) connection.reply(message, 'ack', { in_reply_to: message.messageId })
}
