import { randomUUID } from 'node:crypto'
import { bridgeNotification } from '../mapping/bridge-notification.ts'
import type { HubBus } from '../signals/hub-bus.ts'

/**
 * A notification of an existing channel goes to every app, with the loss that such notifications have. Every hub hears
 * it by itself, so it does not go over the bus.
 */
export function bridgeChannel(bus: HubBus, channel: string, payload: string): Promise<void> {
  const { eventType, data } = bridgeNotification(channel, payload)
  const at = new Date().toISOString()
  const origin = `channel:${channel}`
  return bus.deliverHere({ eventId: randomUUID(), eventType, data, room: null, origin, connectionId: '', at })
}
