import { expect, test } from 'vitest'
import { shareRuns } from '../../src/operations/shared-run.ts'

function openRuns() {
  const waiting: { resolve: (answer: number) => void; reject: (error: Error) => void }[] = []
  let now = 0
  const ask = shareRuns(
    () => new Promise<number>((resolve, reject) => void waiting.push({ resolve, reject })),
    { keepMs: 5_000, now: () => now },
  )
  const pass = (ms: number) => {
    now += ms
  }
  return { waiting, ask, pass }
}

test('a run is shared by all who ask while it lasts, and its answer while it is fresh', async () => {
  const { waiting, ask, pass } = openRuns()
  const both = [ask(), ask()]
  expect(waiting).toHaveLength(1)
  pass(60_000)
  waiting[0]?.resolve(1)
  expect(await Promise.all(both)).toEqual([1, 1])
  pass(4_999)
  expect(await ask()).toBe(1)
  pass(1)
  const next = ask()
  waiting[1]?.resolve(2)
  expect(await next).toBe(2)
})

test('a failure is told to who waited for it, and to nobody after', async () => {
  const { waiting, ask } = openRuns()
  const failed = [ask(), ask()]
  waiting[0]?.reject(new Error('gone'))
  expect(await Promise.allSettled(failed)).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }])
  const next = ask()
  waiting[1]?.resolve(1)
  expect(await next).toBe(1)
})
