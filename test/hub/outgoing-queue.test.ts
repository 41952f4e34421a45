import { expect, test } from 'vitest'
import type { QueueItem } from '../../src/hub/feed/outgoing-queue.ts'
import { OutgoingQueue } from '../../src/hub/feed/outgoing-queue.ts'
import { positionAt } from '../../src/hub/stream/encoded-batch.ts'
import { webSocketFrame } from '../../src/hub/stream/web-socket-frame.ts'
import { FakePeer } from './fake-peer.ts'
import { checkpointAt } from './memory-history.ts'

const frame = (n: number) => webSocketFrame(`{"n":${n}}`)
const live = (n: number, frames: number): QueueItem => ({
  frames: Array.from({ length: frames }, () => frame(n)),
  kind: 'live',
  from: positionAt(checkpointAt(n), n),
})
const reply: QueueItem = { frames: [frame(9)], kind: 'reply', from: null }

function slowQueue() {
  const peer = new FakePeer()
  peer.isSlow = true
  return { peer, queue: new OutgoingQueue(peer, 10) }
}

test('hands frames over while the peer buffers less than the high-water mark', () => {
  const { peer, queue } = slowQueue()
  queue.push(live(1, 4))
  expect(peer.frames).toHaveLength(2)
  peer.take()
  expect(peer.frames).toHaveLength(4)
  expect(queue.bytes).toBe(0)
})

test('keeps the batch that has begun and the answers, and says where the first dropped batch began', () => {
  const { peer, queue } = slowQueue()
  for (const item of [live(1, 3), reply, live(2, 1), live(3, 1)]) queue.push(item)
  expect(queue.dropLive()?.index).toBe(2)
  peer.take()
  peer.take()
  expect(peer.texts).toEqual([1, 1, 1, 9].map(n => `{"n":${n}}`))
})

test('tells when it has drained, and when it was closed', async () => {
  const { peer, queue } = slowQueue()
  queue.push(live(1, 4))
  const drained = queue.whenBelow(0)
  peer.take()
  await drained
  queue.push(live(2, 9))
  const closed = queue.whenBelow(0)
  queue.close()
  await closed
  expect(queue.bytes).toBe(0)
})
