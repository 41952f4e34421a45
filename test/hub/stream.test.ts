import { describe, expect, test } from 'vitest'
import type { Position } from '../../src/hub/encoded-batch.ts'
import { encodeBatch, positionAt } from '../../src/hub/encoded-batch.ts'
import { Stream } from '../../src/hub/stream.ts'
import { checkpointAt, eventOf, MemoryHistory } from './memory-history.ts'

/** A stream of one event per transaction with room for about `batches` of them. */
function openStream(batches: number): { stream: Stream; publish: (tx: number) => Position } {
  const one = encodeBatch(
    [eventOf(1, 1)],
    positionAt(checkpointAt(0), null),
    positionAt(checkpointAt(1), null),
  )
  const stream = new Stream(batches * one.bytes + one.bytes / 2)
  stream.reset(checkpointAt(0))
  const publish = (tx: number): Position => {
    const { head } = stream
    if (head === null) throw new Error('the stream has no head')
    return stream.append({ events: [eventOf(tx, tx)], cursor: checkpointAt(tx) }, head).to
  }
  return { stream, publish }
}

describe('the tail', () => {
  test('finds a boundary by its position, its token and from another hub by what it has seen', () => {
    const { stream, publish } = openStream(10)
    const [, second] = [publish(1), publish(2), publish(3)]
    const place = { index: second.index, isExact: true }
    expect(stream.locate(second)).toEqual(place)
    expect(stream.locate({ ...second, index: null })).toEqual(place)
    const between = { xmax: 5n, xip: [3n] }
    expect(stream.locate(positionAt({ ...checkpointAt(2), snapshot: between }, null))).toEqual({
      index: second.index,
      isExact: false,
    })
  })

  test('does not take a position for the boundary that was put where it had been', () => {
    const { stream, publish } = openStream(2)
    const slow = publish(1)
    // Three more, of which the tail keeps one: the second place from the front is free again.
    publish(2)
    const { start } = bigBatch(stream)
    expect(stream.locate(slow)).toBeNull()
    // Somebody returns from a later cursor of another hub, and what they read is kept for others.
    const later = positionAt(checkpointAt(2), null)
    const between = Array.from({ length: (start.index ?? 0) - (slow.index ?? 0) }, (_, at) => at)
    const batches = between.map(at =>
      encodeBatch([], later, at === between.length - 1 ? start : positionAt(checkpointAt(2), null)),
    )
    stream.prepend(batches)
    expect(stream.start?.index).toBe(slow.index)
    expect(stream.locate(slow)).toBeNull()
  })
})

/** Appends a batch as big as the tail, so that all others leave it, and one that makes it leave again. */
function bigBatch(stream: Stream): { start: Position } {
  const history = new MemoryHistory([1, 1, 2, 1])
  for (const [from, to] of [
    [2, 3],
    [3, 4],
  ] as const) {
    const [batch] = history.pieces(from, to)
    const { head } = stream
    if (batch !== undefined && head !== null) stream.append(batch, head)
  }
  const { start } = stream
  if (start === null) throw new Error('the stream has no start')
  return { start }
}
