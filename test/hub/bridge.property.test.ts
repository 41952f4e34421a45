import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Cursor } from '../../src/domain/cursor.ts'
import type { Event } from '../../src/domain/event.ts'
import { covers, type Snapshot, sees } from '../../src/domain/snapshot.ts'
import { bridgeToBoundary } from '../../src/hub/feed/bridge-to-boundary.ts'
import { isCheckpoint, positionAt } from '../../src/hub/stream/encoded-batch.ts'
import { Stream } from '../../src/hub/stream/stream.ts'
import { eventOf, incarnation } from './memory-history.ts'

/** A moment: transactions up to `xmax` have begun, those named are still open. */
type Moment = Snapshot

/**
 * A database in which transactions overlap: `lengths[i]` steps after transaction i + 1 began it ends. At each step one
 * begins and writes one event.
 */
function runDatabase(lengths: readonly number[]): { events: Event[]; moments: Moment[] } {
  const events = lengths.map((_, index) => eventOf(index + 1, index + 1))
  const moments = Array.from({ length: lengths.length + 12 }, (_, step) => {
    const begun = Math.min(step, lengths.length)
    const open = Array.from({ length: begun }, (_, index) => index).filter(
      i => i + 1 + (lengths[i] ?? 0) > step,
    )
    return { xmax: BigInt(begun) + 1n, xip: open.map(index => BigInt(index) + 1n) }
  })
  return { events, moments }
}

function visible(events: readonly Event[], moment: Snapshot): string[] {
  return events.filter(event => sees(moment, BigInt(event.tx))).map(event => event.eventId)
}

function cursorAt(snapshot: Snapshot): Cursor {
  return { incarnation, snapshot, inBatch: null }
}

const database = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 4, maxLength: 25 })
const scenario = fc.record({
  lengths: database,
  /** Steps at which this hub read. */
  reads: fc.array(fc.nat(35), { minLength: 2, maxLength: 15 }),
  /** The step at which a client was told a cursor elsewhere. */
  elsewhere: fc.nat(35),
})

function play({ lengths, reads, elsewhere }: { lengths: number[]; reads: number[]; elsewhere: number }) {
  const { events, moments } = runDatabase(lengths)
  const at = (step: number): Snapshot => moments[Math.min(step, moments.length - 1)] ?? { xmax: 1n, xip: [] }
  const steps = [...new Set(reads)].sort((a, b) => a - b)
  const stream = new Stream(1_000_000)
  let here = at(steps[0] ?? 0)
  stream.reset(cursorAt(here))
  for (const step of steps.slice(1)) {
    const next = at(step)
    const fresh = events.filter(event => sees(next, BigInt(event.tx)) && !sees(here, BigInt(event.tx)))
    const { head } = stream
    if (head !== null) stream.append({ events: fresh, cursor: cursorAt(next) }, head)
    here = next
  }
  return {
    events,
    stream,
    position: positionAt(cursorAt(at(elsewhere)), null),
    client: at(elsewhere),
    last: here,
  }
}

describe('a position of another hub', () => {
  test('is bridged to a boundary with exactly what it lacks, whatever overlaps', () => {
    let bridged = 0
    fc.assert(
      fc.property(scenario, generated => {
        const { events, stream, position, client, last } = play(generated)
        const place = stream.locate(position)
        if (place === null || place.isExact) return
        const bridge = bridgeToBoundary(stream, position, place.index)
        if (bridge === null) {
          expect(covers(last, client)).toBe(false)
          return
        }
        bridged++
        expect(isCheckpoint(bridge.to)).toBe(true)
        const got = [...visible(events, client), ...bridge.events.map(({ event }) => event.eventId)]
        expect(new Set(got).size).toBe(got.length)
        expect(got.toSorted()).toEqual(visible(events, bridge.to.cursor.snapshot).toSorted())
      }),
      { numRuns: 1_000 },
    )
    // Without these the property would speak of nothing.
    expect(bridged).toBeGreaterThan(100)
  })

  test('is located in the tail only where the tail reaches back to it', () => {
    fc.assert(
      fc.property(scenario, generated => {
        const { stream, position, client } = play(generated)
        const place = stream.locate(position)
        const start = stream.start?.cursor.snapshot ?? { xmax: 1n, xip: [] }
        expect(place !== null).toBe(covers(client, start))
      }),
      { numRuns: 1_000 },
    )
  })
})
