import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { createCounterTable } from '../../support/counter-table.ts'
import { createTestDatabase } from '../../support/test-database.ts'
import { CursorModel, type Step } from './cursor-model.ts'

const database = await createTestDatabase()
await createCounterTable(database.url)
await createCounterTable(database.url, 'other_counter')
await database.query('ALTER TABLE counter ADD COLUMN load text')
/** A thorough run sets 10. */
const numRuns = 25 * Number(process.env['RTBRIDGE_TEST_EFFORT'] ?? 1)

const writer = fc.nat(2)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), writer, key: fc.nat(4) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('commit' as const), writer }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('roll back' as const), writer }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('set savepoint' as const), writer }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('roll back to savepoint' as const), writer }) },
  // More rows than a first piece has.
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('write many' as const),
      writer,
      rows: fc.integer({ min: 100, max: 700 }),
      key: fc.nat(4),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ do: 'read' as const }) },
)
const write = fc.record({ do: fc.constant('write' as const), writer, key: fc.nat(4) })
const commit = fc.record({ do: fc.constant('commit' as const), writer })
const busyRead: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('read' as const),
  meanwhile: fc.array(fc.oneof(write, commit), { minLength: 2, maxLength: 12 }),
  breakOffAfter: fc.integer({ min: 1, max: 12 }),
})

const steps = fc.array(fc.oneof({ weight: 13, arbitrary: step }, { weight: 2, arbitrary: busyRead }), {
  minLength: 20,
  maxLength: 80,
})

test('reads give each committed change once, in order, and every position leads to every later one', {
  timeout: 600_000,
}, async () => {
  const model = await CursorModel.open(database.url)
  onTestFinished(() => model.close())
  const seen = { late: 0, inside: 0, passed: 0 }
  await fc.assert(
    fc.asyncProperty(steps, fc.infiniteStream(fc.nat(10_000)), async (taken, choices) => {
      await model.begin()
      for (const each of taken) await model.take(each)
      await model.finish()
      expect(model.received.toSorted()).toEqual(model.committed.toSorted())
      expect(model.disorder).toEqual([])
      expect(model.torn).toEqual([])
      for (const [from, to] of model.pairs(choices, 6)) {
        const replayed = await model.replay(from, to)
        expect(replayed.toSorted()).toEqual(model.received.slice(from.count, to.count).toSorted())
      }
      seen.late += model.overtaken
      seen.passed += model.passed
      seen.inside += model.positions.filter(({ cursor }) => cursor.inBatch !== null).length
    }),
    { numRuns },
  )
  // Without these the property would speak of nothing.
  expect(seen.late).toBeGreaterThan(0)
  expect(seen.inside).toBeGreaterThan(0)
  expect(seen.passed).toBeGreaterThan(0)
})

test('bites on a reader that forgets which transactions were in progress', async () => {
  const model = await CursorModel.open(database.url, ({ xmax }) => ({ xmax, xip: [] }))
  onTestFinished(() => model.close())
  const property = fc.asyncProperty(steps, async taken => {
    await model.begin()
    for (const each of taken) await model.take(each)
    await model.finish()
    expect(model.received.toSorted()).toEqual(model.committed.toSorted())
  })
  expect((await fc.check(property, { numRuns: 200, endOnFailure: true })).failed).toBe(true)
})
