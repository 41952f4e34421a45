import { describe, expect, test } from 'vitest'
import type { DoorbellInput, DoorbellPhase, DoorbellStep } from '../../src/capture/doorbell-state.ts'
import { firstDoorbellState, nextDoorbellStep, pauseAfterRead } from '../../src/capture/doorbell-state.ts'

const rules = { pacingMs: 5, maxBackoffMs: 50 }

const inputs = {
  'found rows': { kind: 'read', found: true, rung: false },
  'found rows, rung': { kind: 'read', found: true, rung: true },
  'found nothing': { kind: 'read', found: false, rung: false },
  'found nothing, rung': { kind: 'read', found: false, rung: true },
  'lock granted': { kind: 'lock', granted: true },
  'lock refused': { kind: 'lock', granted: false },
  'woken by the bell': { kind: 'woken', rung: true, calm: true },
  'woken soon again': { kind: 'woken', rung: true, calm: false },
  'woken by time': { kind: 'woken', rung: false, calm: true },
} as const satisfies Record<string, DoorbellInput>

const roles = {
  'sentinel that hears': { sentinel: true, hears: true },
  'deaf sentinel': { sentinel: true, hears: false },
  'other hub that hears': { sentinel: false, hears: true },
  'deaf other hub': { sentinel: false, hears: false },
} as const

const read = (afterMs: number, disarm = false): DoorbellStep => ({ do: 'read', afterMs, disarm })

const outcomes = {
  again: { phase: 'reading', backoffMs: 5, step: read(5) },
  backOff: { phase: 'reading', backoffMs: 20, step: read(10) },
  arm: { phase: 'arming', backoffMs: 10, step: { do: 'arm' } },
  listen: { phase: 'listening', backoffMs: 10, step: { do: 'sleep' } },
  look: { phase: 'reading', backoffMs: 5, step: read(0) },
  confirm: { phase: 'confirming', backoffMs: 10, step: read(0) },
  answer: { phase: 'answering', backoffMs: 10, step: read(0) },
  sleep: { phase: 'asleep', backoffMs: 10, step: { do: 'sleep' } },
  release: { phase: 'reading', backoffMs: 5, step: read(5, true) },
  releaseAtOnce: { phase: 'reading', backoffMs: 5, step: read(0, true) },
} as const satisfies Record<string, { phase: DoorbellPhase; backoffMs: number; step: DoorbellStep }>

type Outcome = keyof typeof outcomes
/** One outcome for every role, or one for each. */
type Row = Record<keyof typeof inputs, Outcome | Record<keyof typeof roles, Outcome>>

const everywhere = (outcome: Outcome): Row =>
  Object.fromEntries(Object.keys(inputs).map(input => [input, outcome])) as Row

/** While it can hear, the bell stays armed for one read. */
const whileItHears = <Heard extends Outcome>(heard: Heard) =>
  ({
    'sentinel that hears': heard,
    'deaf sentinel': 'releaseAtOnce',
    'other hub that hears': heard,
    'deaf other hub': 'releaseAtOnce',
  }) as const

const asleepAgain = {
  'sentinel that hears': 'sleep',
  'deaf sentinel': 'release',
  'other hub that hears': 'sleep',
  'deaf other hub': 'release',
} as const

/** Before each transition the pause after a refusal stands at 10 ms. */
const table: Record<DoorbellPhase, Row> = {
  reading: {
    ...everywhere('again'),
    'found nothing': {
      'sentinel that hears': 'arm',
      'deaf sentinel': 'backOff',
      'other hub that hears': 'listen',
      'deaf other hub': 'backOff',
    },
    'found nothing, rung': {
      'sentinel that hears': 'arm',
      'deaf sentinel': 'backOff',
      'other hub that hears': 'again',
      'deaf other hub': 'backOff',
    },
  },
  arming: { ...everywhere('release'), 'lock granted': 'confirm', 'lock refused': 'backOff' },
  confirming: {
    ...everywhere('release'),
    'found nothing': asleepAgain,
  },
  asleep: {
    ...everywhere('releaseAtOnce'),
    'woken by the bell': whileItHears('answer'),
    'woken soon again': whileItHears('confirm'),
    'woken by time': whileItHears('confirm'),
  },
  answering: { ...everywhere('release'), 'found rows': asleepAgain, 'found nothing': asleepAgain },
  listening: everywhere('look'),
}

interface Case {
  readonly phase: DoorbellPhase
  readonly input: keyof typeof inputs
  readonly role: keyof typeof roles
  readonly outcome: Outcome
}

const keys = <Key extends string>(record: Record<Key, unknown>) => Object.keys(record) as Key[]

const cases: Case[] = keys(table).flatMap(phase =>
  keys(inputs).flatMap(input =>
    keys(roles).map(role => {
      const cell = table[phase][input]
      return { phase, input, role, outcome: typeof cell === 'string' ? cell : cell[role] }
    }),
  ),
)

describe('the doorbell', () => {
  test.each(cases)('$phase, $input, $role: $outcome', ({ phase, input, role, outcome }) => {
    const next = nextDoorbellStep({ phase, backoffMs: 10 }, inputs[input], { ...rules, ...roles[role] })
    expect({ phase: next.state.phase, backoffMs: next.state.backoffMs, step: next.step }).toEqual(
      outcomes[outcome],
    )
  })

  test('begins by reading', () => {
    expect(firstDoorbellState(rules)).toEqual({ phase: 'reading', backoffMs: 5 })
  })

  test('doubles the pause with each refusal, up to the longest', () => {
    const context = { ...rules, ...roles['deaf other hub'] }
    let state = firstDoorbellState(rules)
    const pauses = Array.from({ length: 6 }, () => {
      const next = nextDoorbellStep(state, inputs['found nothing'], context)
      state = next.state
      return next.step.do === 'read' ? next.step.afterMs : null
    })
    expect(pauses).toEqual([5, 10, 20, 40, 50, 50])
  })

  test('never lets a hub sleep that holds no bell while it is the sentinel', () => {
    // What takes the place of a sentinel that is gone was listening; its next look must lead to arming.
    const context = { ...rules, ...roles['sentinel that hears'] }
    const looked = nextDoorbellStep({ phase: 'listening', backoffMs: 5 }, inputs['woken by time'], context)
    const next = nextDoorbellStep(looked.state, inputs['found nothing'], context)
    expect(next.step).toEqual({ do: 'arm' })
  })
})

describe('the pause before a read', () => {
  test('lengthens with the read before it, up to the longest', () => {
    const pauses = [0.1, 1, 4, 100].map(tookMs => pauseAfterRead(5, { changes: 8, tookMs }, rules))
    expect(pauses).toEqual([5, 9, 36, 50])
  })

  test('does not lengthen at a trickle', () => {
    expect(pauseAfterRead(5, { changes: 7, tookMs: 100 }, rules)).toBe(5)
  })

  test('is none when the step says at once', () => {
    expect(pauseAfterRead(0, { changes: 8, tookMs: 100 }, rules)).toBe(0)
  })

  test('is as long as the step says when that is longer', () => {
    expect(pauseAfterRead(80, { changes: 8, tookMs: 100 }, rules)).toBe(80)
  })
})
