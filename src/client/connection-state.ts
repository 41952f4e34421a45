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

/** Where each input leads from each state; null = it means nothing there. */
export const connectionTransitions: {
  readonly [State in ConnectionState]: { readonly [Input in ConnectionInput]: ConnectionState | null }
} = {
  idle: {
    want: 'connecting',
    registered: null,
    lost: null,
    due: null,
    refused: null,
    close: 'closed',
  },
  connecting: {
    want: null,
    registered: 'online',
    lost: 'retrying',
    due: null,
    refused: 'closed',
    close: 'closed',
  },
  online: {
    want: null,
    registered: null,
    lost: 'retrying',
    due: null,
    refused: 'closed',
    close: 'closed',
  },
  retrying: {
    want: null,
    registered: null,
    lost: null,
    due: 'connecting',
    refused: 'closed',
    close: 'closed',
  },
  closed: {
    want: null,
    registered: null,
    lost: null,
    due: null,
    refused: null,
    close: null,
  },
}
