import { expect, test } from 'vitest'
import { waitFor } from './wait-for.ts'

test('returns what the condition returned once it holds', async () => {
  const values = [null, 0, 'ready']
  await expect(waitFor(() => values.shift(), { intervalMs: 1 })).resolves.toBe('ready')
})

test('takes an error of the condition for "not yet"', async () => {
  let calls = 0
  const condition = () => {
    calls += 1
    if (calls < 3) throw new Error('too early')
    return calls
  }
  await expect(waitFor(condition, { intervalMs: 1 })).resolves.toBe(3)
})

test('says what was waited for and what was last seen', async () => {
  const waiting = waitFor(() => '', { timeoutMs: 5, message: 'the row arrived' })
  await expect(waiting).rejects.toThrow(/until the row arrived\nlast seen: ''/)
})
