import { describe, expect, test } from 'vitest'
import { formatCursor } from '../../src/domain/cursor.ts'
import {
  checkJourney,
  type Findings,
  indexSteps,
  isClean,
  type Journey,
  stateAfter,
  stateAt,
} from './ledger-checker.ts'
import type { Step } from './ledger-truth.ts'

/** Three transactions: 10 writes two rows, 11 ends after 12 did. */
const committed: readonly Step[] = [
  { slot: 1, n: 1, xid: 10 },
  { slot: 2, n: 1, xid: 10 },
  { slot: 3, n: 1, xid: 11 },
  { slot: 3, n: 2, xid: 11 },
  { slot: 1, n: 2, xid: 12 },
]
const [a, b, c1, c2, d] = committed as readonly [Step, Step, Step, Step, Step]
const stream = [a, b, d, c1, c2]
const checkpoints = [
  { cursor: tokenAt(10n, []), count: 0 },
  { cursor: tokenAt(11n, []), count: 2 },
  { cursor: tokenAt(13n, [11n]), count: 3 },
  { cursor: tokenAt(13n, []), count: 5 },
]
const good: Journey = { stream, applied: stream, checkpoints }

function tokenAt(xmax: bigint, xip: readonly bigint[]): string {
  return formatCursor({ incarnation: '0011223344556677', snapshot: { xmax, xip }, inBatch: null })
}

/** What is found, kinds without findings left out. */
function findIn(journey: Partial<Journey>, wanted = committed): Partial<Findings> {
  const findings = checkJourney({ ...good, ...journey }, { all: indexSteps(committed), wanted })
  expect(isClean(findings)).toBe(Object.values(findings).flat().length === 0)
  return Object.fromEntries(Object.entries(findings).filter(([, list]) => list.length > 0))
}

const both = (steps: readonly Step[]) => ({ stream: steps, applied: steps, checkpoints: [] })

describe('the checker of the ledger', () => {
  test('has nothing to say against a journey that kept every promise', () => {
    expect(findIn({})).toEqual({})
  })

  test('lets repeats pass that the client had to forget with its connection', () => {
    expect(findIn({ applied: [a, b, d, c1, c2] })).toEqual({})
  })

  test('bites on a change that never came', () => {
    expect(findIn(both([a, b, d, c1]))).toEqual({ lost: ['row 3 version 2 of transaction 11'] })
  })

  test('bites on a change that came and was forgotten, and did not come again', () => {
    expect(findIn({ stream: [a, b, d, c1], checkpoints: [] })).toEqual({
      lost: ['row 3 version 2 of transaction 11'],
    })
  })

  test('bites on a change that came under two event ids', () => {
    expect(findIn(both([a, b, b, d, c1, c2]))).toEqual({ doubled: ['row 2 version 1 of transaction 10'] })
  })

  test('bites on versions of a row in the wrong order', () => {
    expect(findIn({ ...both([d, b, a, c1, c2]), applied: stream })).toEqual({
      disordered: ['row 1 version 1 of transaction 10 after version 2'],
    })
  })

  test('bites on what was never committed, and on a version under another transaction', () => {
    const undone = { slot: 2, n: 2, xid: 13 }
    const other = { ...d, xid: 14 }
    expect(findIn(both([a, b, undone, d, c1, c2]))).toEqual({
      phantoms: ['row 2 version 2 of transaction 13'],
    })
    expect(findIn(both([a, b, other, c1, c2]))).toEqual({ phantoms: ['row 1 version 2 of transaction 14'] })
  })

  test('bites on what was not meant for the client', () => {
    const wanted = committed.filter(({ slot }) => slot !== 3)
    expect(findIn(both(stream), wanted)).toEqual({
      outside: ['row 3 version 1 of transaction 11', 'row 3 version 2 of transaction 11'],
    })
  })

  test('bites on a checkpoint inside a transaction', () => {
    const inside = [{ cursor: tokenAt(11n, []), count: 1 }, ...checkpoints.slice(1)]
    expect(findIn({ checkpoints: inside })).toEqual({
      torn: ['after 1: 0 of 1 transactions, 1 in part, 0 too early'],
    })
  })

  test('bites on a checkpoint that leaves out a transaction it sees', () => {
    expect(findIn({ checkpoints: [{ cursor: tokenAt(13n, []), count: 3 }] })).toEqual({
      torn: ['after 3: 2 of 3 transactions, 0 in part, 0 too early'],
    })
  })

  test('bites on a checkpoint that comes after a transaction it does not see', () => {
    expect(findIn({ checkpoints: [{ cursor: tokenAt(12n, [11n]), count: 3 }] })).toEqual({
      torn: ['after 3: 2 of 1 transactions, 0 in part, 1 too early'],
    })
  })

  test('bites on as many transactions as there should be, but others', () => {
    const others = [{ cursor: tokenAt(12n, []), count: 3 }]
    expect(findIn({ checkpoints: others })).toEqual({
      torn: ['after 3: 2 of 2 transactions, 0 in part, 1 too early'],
    })
  })

  test('bites on a checkpoint that sees less than the one before it', () => {
    const back = [
      { cursor: tokenAt(13n, [11n]), count: 3 },
      { cursor: tokenAt(12n, []), count: 3 },
    ]
    expect(findIn({ checkpoints: back }).torn).toEqual(['after 3: goes back'])
  })
})

describe('the state of the ledger', () => {
  test('is what SQL returns in a snapshot: the newest version that it sees of each row', () => {
    expect(stateAt(committed, { xmax: 13n, xip: [11n] })).toEqual(
      new Map([
        [1, 2],
        [2, 1],
      ]),
    )
  })

  test('is, for an app, the last version that came of each row', () => {
    expect(stateAfter([a, b, d, c1, c2], 4)).toEqual(
      new Map([
        [1, 2],
        [2, 1],
        [3, 1],
      ]),
    )
  })
})
