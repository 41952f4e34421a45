import { expect, test } from 'vitest'
import { readPresenceWord } from '../../src/signals/presence-word.ts'

const entry = { id: '1', user: null, clientId: 'c', appName: '', away: false, rooms: ['office'] }

test.each([
  { word: 'beat', number: 0 },
  { word: 'ask', of: null },
  { word: 'ask', of: 'hub-1' },
  { word: 'all', number: 3, entries: [entry] },
  { word: 'change', number: 4, changed: [{ ...entry, user: 'zoë' }], gone: ['2'] },
])('a word of a hub is read as it was written: %j', word => {
  expect(readPresenceWord(JSON.parse(JSON.stringify(word)))).toEqual(word)
})

test.each([
  null,
  'beat',
  { word: 'beat' },
  { word: 'beat', number: -1 },
  { word: 'beat', number: 1e300 },
  { word: 'ask', of: 7 },
  { word: 'all', number: 1 },
  { word: 'all', number: 1, entries: { length: 1e9 } },
  { word: 'all', number: 1, entries: [{ ...entry, rooms: 'office' }] },
  { word: 'all', number: 1, entries: [{ ...entry, user: 'x'.repeat(1_000) }] },
  { word: 'change', number: 1, changed: [], gone: [null] },
  { word: 'bye' },
])('whatever else is on the bus is not taken for one: %j', found => {
  expect(readPresenceWord(found)).toBeNull()
})
