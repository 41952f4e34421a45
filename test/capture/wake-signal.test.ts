import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { WakeSignal } from '../../src/capture/wake-signal.ts'

const longMs = 60_000

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('wakes who waits when the bell rings, and tells so once', async () => {
  const wake = new WakeSignal()
  const waited = wake.wait(longMs)
  wake.ring()
  await waited
  expect([wake.takeRung(), wake.takeRung()]).toEqual([true, false])
})

test('has one timer, however often it was woken before its time', async () => {
  const wake = new WakeSignal()
  for (let turn = 0; turn < 5; turn++) {
    const waited = wake.wait(turn % 2 === 0 ? longMs : 1_000)
    wake.ring()
    await waited
    wake.takeRung()
  }
  expect(vi.getTimerCount()).toBe(1)
})

test('waits for all of its time after a wait that ended early', async () => {
  const wake = new WakeSignal()
  const first = wake.wait(1_000)
  await vi.advanceTimersByTimeAsync(900)
  wake.ring()
  await first
  wake.takeRung()
  let over = false
  const second = wake.wait(1_000).then(() => {
    over = true
  })
  await vi.advanceTimersByTimeAsync(999)
  expect(over).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  await second
})

test('does not wait when the bell rang before', async () => {
  const wake = new WakeSignal()
  wake.ring()
  await wake.wait(longMs)
  expect(wake.takeRung()).toBe(true)
})

test('wakes by a nudge without the bell having rung', async () => {
  const wake = new WakeSignal()
  const waited = wake.wait(longMs)
  wake.nudge()
  await waited
  expect(wake.takeRung()).toBe(false)
})

test('keeps a nudge that comes while nobody waits', async () => {
  const wake = new WakeSignal()
  wake.nudge()
  await wake.wait(longMs)
  expect(vi.getTimerCount()).toBe(0)
})

test('forgets a nudge once it has woken someone', async () => {
  const wake = new WakeSignal()
  const first = wake.wait(longMs)
  wake.nudge()
  await first
  void wake.wait(longMs)
  expect(vi.getTimerCount()).toBe(1)
})

test('keeps a pause between reads to its end although the bell rings', async () => {
  const wake = new WakeSignal()
  let over = false
  const waited = wake.wait(50, true).then(() => {
    over = true
  })
  wake.ring()
  wake.nudge()
  await vi.advanceTimersByTimeAsync(49)
  expect(over).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  await waited
  expect(wake.takeRung()).toBe(true)
})

test('gives a pause no nudge away that was meant for a sleep', async () => {
  const wake = new WakeSignal()
  wake.nudge()
  const paused = wake.wait(50, true)
  await vi.advanceTimersByTimeAsync(50)
  await paused
  await wake.wait(longMs)
  expect(vi.getTimerCount()).toBe(0)
})

test('ends by itself after the time', async () => {
  const wake = new WakeSignal()
  const waited = wake.wait(1_000)
  await vi.advanceTimersByTimeAsync(1_000)
  await waited
  await wake.wait(0)
  expect(wake.takeRung()).toBe(false)
})
