import { expect, test } from 'vitest'
import { rtbridgeError } from '../../src/domain/errors/registry.ts'
import { DurableLine } from '../../src/hub/connections/durable-line.ts'

type Event = Parameters<DurableLine['store']>[0]

const keyed = (name: string): Event => ({
  eventType: name,
  data: '1',
  room: null,
  origin: 'desk',
  once: { sender: 'desk', key: name },
})
const plain = (name: string): Event => ({ ...keyed(name), once: undefined })
const lost = rtbridgeError('RTB_DATABASE_LOST', { detail: 'gone' })

/** A line whose first event fails, and what became of each that was in it. */
async function storeAll(events: readonly Event[], failure: unknown) {
  const line = new DurableLine(1_000)
  const stored: string[] = []
  const publish = async ({ eventType }: Event) => {
    if (eventType === 'first') throw failure
    stored.push(eventType)
    return null
  }
  const results = await Promise.allSettled(events.map(event => line.store(event, publish)))
  return { line, stored, publish, states: results.map(({ status }) => status) }
}

test('what will be sent again is not passed by what was sent after it and will be sent again, too', async () => {
  const { line, stored, publish, states } = await storeAll(
    [keyed('first'), keyed('second'), plain('without key'), keyed('third')],
    lost,
  )
  expect(states).toEqual(['rejected', 'rejected', 'fulfilled', 'rejected'])
  expect(stored).toEqual(['without key'])
  for (const name of ['second', 'third']) await line.store(keyed(name), publish)
  expect(stored).toEqual(['without key', 'second', 'third'])
})

test('what would fail again holds up nothing', async () => {
  const failure = rtbridgeError('RTB_DATABASE_FAILED', { detail: 'unsupported Unicode escape sequence' })
  const { stored, states } = await storeAll([keyed('first'), keyed('second')], failure)
  expect(states).toEqual(['rejected', 'fulfilled'])
  expect(stored).toEqual(['second'])
})
