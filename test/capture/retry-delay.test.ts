import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RetryDelay } from '../../src/capture/retry-delay.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** How long one wait takes by the fake clock, ms. */
async function measure(delay: RetryDelay): Promise<number> {
  const before = Date.now()
  const waited = delay.wait(new AbortController().signal)
  await vi.advanceTimersToNextTimerAsync()
  await waited
  return Date.now() - before
}

async function measureSix(random: () => number): Promise<number[]> {
  const delay = new RetryDelay({ minMs: 100, maxMs: 2_000, random })
  const pauses: number[] = []
  while (pauses.length < 6) pauses.push(await measure(delay))
  return pauses
}

test('grows from the first pause to the longest', async () => {
  expect(await measureSix(() => 1)).toEqual([100, 200, 400, 800, 1_600, 2_000])
})

test('spreads each pause over its upper half', async () => {
  expect(await measureSix(() => 0)).toEqual([50, 100, 200, 400, 800, 1_000])
})

test('starts again after a success', async () => {
  const delay = new RetryDelay({ minMs: 100, maxMs: 2_000, random: () => 1 })
  await measure(delay)
  await measure(delay)
  delay.reset()
  expect(await measure(delay)).toBe(100)
})

test('ends at once when it is aborted, before or meanwhile', async () => {
  const delay = new RetryDelay({ minMs: 100, maxMs: 2_000, random: () => 1 })
  const abort = new AbortController()
  const waited = delay.wait(abort.signal)
  abort.abort()
  await waited
  await delay.wait(abort.signal)
  expect(vi.getTimerCount()).toBe(0)
})
