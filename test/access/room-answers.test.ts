import { expect, test } from 'vitest'
import { RoomAnswers, TooManyQuestions } from '../../src/access/room-answers.ts'

const query = { name: 'q', sql: 'SELECT $1', role: null }

function open(more: { maxKept?: number; maxAsking?: number } = {}) {
  const state = {
    now: 0,
    asked: [] as unknown[],
    answer: true as boolean | Error,
    held: [] as (() => void)[],
    hold: false,
  }
  const answers = new RoomAnswers({
    ask: async (_, values) => {
      state.asked.push(values[0])
      if (state.hold) await new Promise<void>(resolve => state.held.push(resolve))
      if (state.answer instanceof Error) throw state.answer
      return state.answer
    },
    keepMs: 100,
    maxKept: 3,
    maxAsking: 3,
    now: () => state.now,
    ...more,
  })
  return { state, answers }
}

test.each([true, false])('an answer (%s) is kept for its time, and no longer', async answer => {
  const { state, answers } = open()
  state.answer = answer
  expect(await answers.ask(query, ['1'])).toBe(answer)
  state.answer = !answer
  state.now = 99
  expect(await answers.ask(query, ['1'])).toBe(answer)
  state.now = 100
  expect(await answers.ask(query, ['1'])).toBe(!answer)
  expect(state.asked).toEqual(['1', '1'])
})

test('who asks what is being asked waits for the same answer', async () => {
  const { state, answers } = open()
  state.hold = true
  const all = Promise.all([answers.ask(query, ['1']), answers.ask(query, ['1']), answers.ask(query, ['2'])])
  expect(state.asked).toEqual(['1', '2'])
  for (const release of state.held) release()
  expect(await all).toEqual([true, true, true])
  expect(answers.size.asking).toBe(0)
})

test('a failure is not kept', async () => {
  const { state, answers } = open()
  state.answer = new Error('away')
  await expect(answers.ask(query, ['1'])).rejects.toThrow('away')
  state.answer = true
  expect(await answers.ask(query, ['1'])).toBe(true)
})

test('answers and questions under way are bounded', async () => {
  const { state, answers } = open()
  for (const value of ['1', '2', '3', '4', '5']) await answers.ask(query, [value])
  expect(answers.size).toEqual({ kept: 3, asking: 0 })
  state.hold = true
  const waiting = ['6', '7', '8'].map(value => answers.ask(query, [value]))
  await expect(answers.ask(query, ['9'])).rejects.toThrow(TooManyQuestions)
  for (const release of state.held) release()
  await Promise.all(waiting)
})
