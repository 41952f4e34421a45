import { describe, expect, test } from 'vitest'
import type { Position } from '../../src/hub/stream/encoded-batch.ts'
import { encodeBatch, positionAt } from '../../src/hub/stream/encoded-batch.ts'
import { Stream } from '../../src/hub/stream/stream.ts'
import { checkpointAt, eventOf } from './memory-history.ts'

/** Publishes transactions `from + 1` to `to`, one event each, as one batch. */
function publish(stream: Stream, from: number, to: number): Position {
  const { head } = stream
  if (head === null) throw new Error('the stream has no head')
  const events = Array.from({ length: to - from }, (_, at) => eventOf(from + at + 1, from + at + 1))
  return stream.append({ events, cursor: checkpointAt(to) }, head).to
}

/** A stream at transaction 0 whose tail holds up to `events` events. */
function openStream(events: number): Stream {
  const here = positionAt(checkpointAt(0), null)
  const stream = new Stream(events * encodeBatch([eventOf(1, 1)], here, here).bytes)
  stream.reset(checkpointAt(0))
  return stream
}

describe('the tail', () => {
  test('knows its boundaries by position and token, and places a position of another hub between them', () => {
    const stream = openStream(10)
    publish(stream, 0, 1)
    const second = publish(stream, 1, 3)
    publish(stream, 3, 6)
    const exact = { index: second.index, isExact: true }
    expect(stream.locate(second)).toEqual(exact)
    expect(stream.locate({ ...second, index: null })).toEqual(exact)
    expect(stream.locate(positionAt(checkpointAt(4), null))).toEqual({ ...exact, isExact: false })
  })

  test('does not take a position that left it for the one that was put in its place', () => {
    const stream = openStream(5)
    const left = publish(stream, 0, 1)
    // Too much together: the tail keeps the last batch only, and has room again.
    const start = publish(stream, 1, 5)
    publish(stream, 5, 8)
    expect(stream.start).toBe(start)
    expect(stream.locate(left)).toBeNull()
    // Somebody of another hub came back from within what left, and it is kept for others.
    const theirs = positionAt(checkpointAt(4), null)
    stream.prepend([encodeBatch([eventOf(5, 5)], theirs, start)])
    expect(stream.start?.index).toBe(left.index)
    expect(stream.locate(left)).toBeNull()
  })
})
