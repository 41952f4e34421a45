/**
 * What a subscription is doing.
 * - `pending`: the hub has not answered yet
 * - `replaying`: the hub sends what came after its `since`
 * - `live`: nothing is missed from here on
 * - `stale`: the connection is away; it will go on where it was
 * - `failed`: the hub refused it
 * - `closed`: by the app
 */
export type SubscriptionState = 'pending' | 'replaying' | 'live' | 'stale' | 'failed' | 'closed'

/**
 * What can happen to it.
 * - `replay`: the hub was asked for the past as well
 * - `answered`: the hub has taken it
 * - `lost`: the connection is gone
 * - `refused`: the hub has not taken it, or will not go on with it
 * - `close`: the app ends it
 */
export type SubscriptionInput = 'replay' | 'answered' | 'lost' | 'refused' | 'close'

type Moves = { readonly [Input in SubscriptionInput]?: SubscriptionState }

const open: Moves = { answered: 'live', refused: 'failed', close: 'closed' }

/** Where each input leads from each state; missing = it means nothing there. */
export const subscriptionTransitions: { readonly [State in SubscriptionState]: Moves } = {
  pending: { ...open, replay: 'replaying' },
  // What was cut is asked for again from its beginning.
  replaying: { ...open, lost: 'pending' },
  live: { lost: 'stale', refused: 'failed', close: 'closed' },
  stale: open,
  failed: { close: 'closed' },
  closed: {},
}
