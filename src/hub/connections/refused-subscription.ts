import type { ClientMessage } from '../../protocol/messages.ts'

/** Thrown where a message that holds several subscriptions is refused because of one of them. */
export class RefusedSubscription extends Error {
  readonly id: string
  /** What is wrong with it. */
  readonly reason: unknown

  constructor(id: string, reason: unknown) {
    super(`subscription ${id} was refused`, { cause: reason })
    this.name = 'RefusedSubscription'
    this.id = id
    this.reason = reason
  }
}

/** What a thrown value says of a message, and which subscription it is about; null = none, or all of them. */
export function toRefusedSubscription(
  { type, data }: ClientMessage,
  thrown: unknown,
): { readonly id: string | null; readonly reason: unknown } {
  if (thrown instanceof RefusedSubscription) return thrown
  return { id: type === 'subscribe' || type === 'unsubscribe' ? data.id : null, reason: thrown }
}
