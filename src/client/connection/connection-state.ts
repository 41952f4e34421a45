/**
 * What the connection is doing.
 * - `idle`: nothing is wanted yet
 * - `connecting`: an attempt is under way
 * - `online`: registered, nothing is missed
 * - `retrying`: waiting for the next attempt
 * - `closed`: for good
 */
export type ConnectionState = 'idle' | 'connecting' | 'online' | 'retrying' | 'closed'

/**
 * What can happen to it.
 * - `want`: something needs it
 * - `registered`: the hub has answered
 * - `lost`: the attempt failed, or the connection is gone
 * - `due`: the time of the next attempt has come, or there is a reason not to wait
 * - `refused`: trying again cannot help
 * - `close`: the app ends it
 */
export type ConnectionInput = 'want' | 'registered' | 'lost' | 'due' | 'refused' | 'close'

type Moves = { readonly [Input in ConnectionInput]?: ConnectionState }

const open: Moves = { lost: 'retrying', refused: 'closed', close: 'closed' }

/** Where each input leads from each state; missing = it means nothing there. */
export const connectionTransitions: { readonly [State in ConnectionState]: Moves } = {
  idle: { want: 'connecting', close: 'closed' },
  connecting: { ...open, registered: 'online' },
  online: open,
  retrying: { due: 'connecting', refused: 'closed', close: 'closed' },
  closed: {},
}
