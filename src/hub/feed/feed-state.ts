import { rtbridgeError } from '../../domain/errors/registry.ts'

/**
 * Where the stream of one connection stands.
 * `connected`: may ping or register. `registering`: waits for the hub's position or the check of its cursor.
 * `catching-up`: gets the past, from the tail or the journal. `live`: gets batches as they come.
 * `behind`: took too little, its live queue was dropped; catches up once the rest was taken. `closed`: the end.
 */
export type FeedState = 'connected' | 'registering' | 'catching-up' | 'live' | 'behind' | 'closed'

export type FeedInput =
  | 'register'
  | 'refused'
  | 'registered'
  | 'caught-up'
  | 'overflow'
  | 'drained'
  | 'gap'
  | 'close'

/** Every state has a row and every row every input; null = cannot happen. */
export const feedTransitions: Readonly<Record<FeedState, Readonly<Record<FeedInput, FeedState | null>>>> = {
  connected: {
    register: 'registering',
    refused: null,
    registered: null,
    'caught-up': null,
    overflow: null,
    drained: null,
    gap: 'connected',
    close: 'closed',
  },
  registering: {
    register: null,
    refused: 'connected',
    registered: 'catching-up',
    'caught-up': null,
    overflow: null,
    drained: null,
    gap: 'registering',
    close: 'closed',
  },
  'catching-up': {
    register: null,
    refused: null,
    registered: null,
    'caught-up': 'live',
    overflow: null,
    drained: null,
    gap: 'catching-up',
    close: 'closed',
  },
  live: {
    register: null,
    refused: null,
    registered: null,
    'caught-up': null,
    overflow: 'behind',
    drained: null,
    gap: 'catching-up',
    close: 'closed',
  },
  behind: {
    register: null,
    refused: null,
    registered: null,
    'caught-up': null,
    overflow: null,
    drained: 'catching-up',
    gap: 'behind',
    close: 'closed',
  },
  closed: {
    register: 'closed',
    refused: 'closed',
    registered: 'closed',
    'caught-up': 'closed',
    overflow: 'closed',
    drained: 'closed',
    gap: 'closed',
    close: 'closed',
  },
}

/**
 * The state after an input.
 * @throws RTB_INTERNAL when the table says it cannot happen
 */
export function nextFeedState(state: FeedState, input: FeedInput): FeedState {
  const next = feedTransitions[state][input]
  if (next === null) throw rtbridgeError('RTB_INTERNAL', { part: `the feed: ${input} while ${state}` })
  return next
}
