import { expect, test } from 'vitest'
import { feedTransitions, nextFeedState } from '../../src/hub/feed/feed-state.ts'

test('the usual way of a feed, with one time behind', () => {
  const inputs = ['register', 'registered', 'caught-up', 'overflow', 'drained', 'caught-up', 'close'] as const
  let state: Parameters<typeof nextFeedState>[0] = 'connected'
  const states = inputs.map(input => {
    state = nextFeedState(state, input)
    return state
  })
  expect(states).toEqual(['registering', 'catching-up', 'live', 'behind', 'catching-up', 'live', 'closed'])
})

test('every state can be closed, and closed is the end', () => {
  for (const row of Object.values(feedTransitions)) expect(row.close).toBe('closed')
  expect(new Set(Object.values(feedTransitions.closed))).toEqual(new Set(['closed']))
})

test('what cannot happen is an internal error', () => {
  expect(() => nextFeedState('connected', 'overflow')).toThrow(/overflow while connected/)
})
