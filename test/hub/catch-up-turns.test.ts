import { expect, test } from 'vitest'
import { openIdentity } from '../../src/access/identity.ts'
import { checkpointAt } from './memory-history.ts'
import { ManualClock, openTestHub, settle } from './open-test-hub.ts'

/** Whoever looks at it has taken five milliseconds; who waits for nothing has his turn after the others. */
class BusyClock extends ManualClock {
  #elapsed = 0

  override elapsed(): number {
    this.#elapsed += 5
    return this.#elapsed
  }

  override after(delayMs: number, run: () => void): () => void {
    if (delayMs > 0) return super.after(delayMs, run)
    const turn = setImmediate(run)
    return () => clearImmediate(turn)
  }
}

const where = 'new.n < 0'

/** A hub that has 20 batches in memory. */
function openFullHub() {
  const opened = openTestHub({ clock: new BusyClock(), pieceSize: 1, sizes: Array<number>(20).fill(1) })
  opened.hub.start(checkpointAt(0))
  for (const piece of opened.history.pieces(0, 20)) opened.hub.publish(piece)
  return opened
}

/** Tells in which turn of the event loop it is asked. */
function countTurns(): () => number {
  let turns = 0
  let isOver = false
  const next = () => {
    turns++
    if (!isOver) setImmediate(next)
  }
  setImmediate(next)
  return () => {
    isOver = true
    return turns
  }
}

test('who asks for much of the past at once lets others have their turn', async () => {
  const { hub } = openFullHub()
  const turns = countTurns()
  const query = { cursor: null, limit: 100, subscription: { id: 'past', where } }
  const page = await hub.readHistory({ identity: openIdentity, address: '127.0.0.1' }, query)
  expect(page).toMatchObject({ events: [], more: false })
  expect(turns()).toBeGreaterThan(2)
})

test('who comes back to much of the past lets others have their turn, and misses nothing', async () => {
  const { register, hub, history } = openFullHub()
  const { cursor } = (await hub.readHistory(
    { identity: openIdentity, address: '127.0.0.1' },
    { cursor: null, limit: 1, subscription: { id: 'past' } },
  )) as { cursor: string }
  const { peer } = register({ resume: cursor })
  const counts = new Set<number>()
  for (let turn = 0; turn < 60; turn++) {
    await settle(1)
    counts.add(peer.eventIds().length)
  }
  expect(counts.size).toBeGreaterThan(3)
  expect(peer.eventIds()).toEqual(history.pieces(1, 20).flatMap(({ events }) => events.map(e => e.eventId)))
})
