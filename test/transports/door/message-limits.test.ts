import { describe, expect, test } from 'vitest'
import { TokenBucket } from '../../../src/domain/token-bucket.ts'
import { MessageLimits } from '../../../src/transports/door/message-limits.ts'

const rates = {
  messagesPerSecond: 10,
  bytesPerSecond: 1_000,
  controlFramesPerSecond: 1,
  maxFrameBytes: 20_000,
}

describe('the limits of a connection', () => {
  test('let ten seconds of messages through at once, then tell when the next one is taken', () => {
    const limits = new MessageLimits(rates, 0)
    for (let i = 0; i < 100; i++) expect(limits.message(1, 0)).toBeNull()
    expect(limits.message(1, 0)).toMatchObject({
      error: { code: 'RTB_LIMIT_MESSAGES' },
      retryMs: 100,
      isFinal: false,
    })
    expect(limits.message(1, 99)).not.toBeNull()
    expect(limits.message(1, 100)).toBeNull()
  })

  test('hold for bytes too, and the longest message always fits', () => {
    const limits = new MessageLimits(rates, 0)
    expect(limits.message(20_000, 0)).toBeNull()
    expect(limits.message(500, 0)).toMatchObject({ error: { code: 'RTB_LIMIT_BYTES' }, retryMs: 500 })
    expect(limits.message(500, 500)).toBeNull()
  })

  test('end a client that goes on after a hundred messages were dropped, unless it was quiet', () => {
    const limits = new MessageLimits(rates, 0)
    const flood = (now: number) => Array.from({ length: 200 }, () => limits.message(1, now))
    expect(flood(0).some(excess => excess?.isFinal === true)).toBe(false)
    expect(flood(10_000_000).some(excess => excess?.isFinal === true)).toBe(false)
    expect(flood(10_000_001).some(excess => excess?.isFinal === true)).toBe(true)
  })

  test('end a client that floods with pings', () => {
    const limits = new MessageLimits(rates, 0)
    for (let i = 0; i < 10; i++) expect(limits.controlFrame(0)).toBeNull()
    expect(limits.controlFrame(0)).toMatchObject({
      error: { code: 'RTB_LIMIT_CONTROL_FRAMES' },
      isFinal: true,
    })
  })

  test('refill by the time that passed, never above the burst, and never backwards', () => {
    const bucket = new TokenBucket(10, 20, 1_000)
    expect(bucket.take(20, 1_000)).toBe(0)
    expect(bucket.take(1, 500)).toBe(100)
    expect(bucket.take(10, 2_000)).toBe(0)
    expect(bucket.isFull(3_000)).toBe(false)
    expect(bucket.isFull(4_000)).toBe(true)
  })
})
