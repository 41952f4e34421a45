import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { pause } from '../../src/capture/pause.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('ends with the time, and leaves nothing on the signal', async () => {
  const { signal } = new AbortController()
  const paused = pause(1_000, signal)
  await vi.advanceTimersByTimeAsync(1_000)
  await paused
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('ends when the signal aborts, and leaves no timer', async () => {
  const controller = new AbortController()
  const paused = pause(1_000, controller.signal)
  controller.abort()
  await paused
  expect(vi.getTimerCount()).toBe(0)
  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
})

test('is over at once when the signal has aborted already', async () => {
  await pause(1_000, AbortSignal.abort())
  expect(vi.getTimerCount()).toBe(0)
})
