import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nextDoorbellStep } from '../../../src/capture/doorbell-state.ts'
import { type Decide, DoorbellWorld } from './doorbell-world.ts'

/** A thorough run sets 10. */
const numRuns = 1_000 * Number(process.env['RTBRIDGE_TEST_EFFORT'] ?? 1)

/** Any order in which writers and hubs take their steps. */
function property(decide: Decide) {
  const turns = fc.array(fc.nat(10_000), { minLength: 20, maxLength: 150 })
  return fc.property(
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 3 }),
    turns,
    (writers, hubs, order) => {
      const world = new DoorbellWorld(decide, writers, hubs)
      for (const turn of order) world.take(turn)
      world.rest()
      expect(world.isQuiet).toBe(true)
      expect(world.unseen.filter(count => count > 0)).toEqual([])
    },
  )
}

/** Decisions that differ from the right ones in a single place. */
const wrong: Readonly<Record<string, Decide>> = {
  'that sleeps as soon as the bell is armed': (state, input, context) => {
    const next = nextDoorbellStep(state, input, context)
    if (next.state.phase !== 'confirming' || state.phase !== 'arming') return next
    return { state: { ...next.state, phase: 'asleep' }, step: { do: 'sleep' } }
  },
  'that sleeps though the bell was refused': (state, input, context) => {
    const isRefused = state.phase === 'arming' && input.kind === 'lock' && !input.granted
    if (!isRefused) return nextDoorbellStep(state, input, context)
    return { state: { ...state, phase: 'listening' }, step: { do: 'sleep' } }
  },
  'that forgets a ring during its last read': (state, input, context) =>
    nextDoorbellStep(state, input.kind === 'read' ? { ...input, rung: false } : input, context),
  'that sleeps on after a ring without a look': (state, input, context) =>
    state.phase === 'asleep' && input.kind === 'woken' && input.calm && context.hears
      ? { state, step: { do: 'sleep' } }
      : nextDoorbellStep(state, input, context),
  'that disarms and sleeps after it answered': (state, input, context) => {
    const next = nextDoorbellStep(state, input, context)
    if (state.phase !== 'answering' || next.step.do !== 'read') return next
    return { state: { ...state, phase: 'asleep' }, step: { do: 'sleep' } }
  },
  'that sleeps while it cannot hear': (state, input, context) =>
    nextDoorbellStep(state, input, { ...context, hears: true }),
}

describe('the doorbell, in every order of steps', () => {
  test('leaves no commit unseen while everyone sleeps', { timeout: 300_000 }, () => {
    fc.assert(property(nextDoorbellStep), { numRuns })
  })

  test.each(Object.entries(wrong))('bites on a hub %s', { timeout: 300_000 }, (_title, decide) => {
    expect(fc.check(property(decide), { numRuns: 20_000, endOnFailure: true }).failed).toBe(true)
  })
})
