import { describe, expect, onTestFinished, test } from 'vitest'
import { doorbellLock } from '../../src/capture/advisory-locks.ts'
import { Canary, type CanaryOptions } from '../../src/capture/canary.ts'
import { findLockHolder } from '../support/backends.ts'
import { openTestCapture } from '../support/capture-fixture.ts'
import { countNotifications } from '../support/count-notifications.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const database = await createTestDatabase()

describe('a canary', () => {
  test('keeps no hub awake, rings only those who sleep, and is delivered to nobody', async () => {
    const canaries: string[][] = [[], []]
    const hubs = await Promise.all(
      canaries.map(seen =>
        openTestCapture(database.url, {
          safetyReadMs: 200,
          onCanary: ({ newRow }) => seen.push(newRow ?? ''),
        }),
      ),
    )
    const counters = hubs.map(hub => hub.capture.counters)
    const isQuiet = async () =>
      counters.some(({ sentinel }) => sentinel) &&
      counters.every(({ otherHubs }) => otherHubs === 1) &&
      (await findLockHolder(database, doorbellLock))
    await waitFor(isQuiet)
    const notifications = await countNotifications(database.url)
    // A hub that comes rings once.
    const rings = counters.map(each => each.rings)
    for (let beat = 1; beat <= 5; beat++) {
      await waitFor(isQuiet)
      await database.query(
        `INSERT INTO rtbridge.canary VALUES ('x', $1) ON CONFLICT (hub_id) DO UPDATE SET beat = excluded.beat`,
        [beat],
      )
      await waitFor(() => canaries.every(seen => seen.length === beat))
    }
    await waitFor(isQuiet)
    // At most one for each beat, from a writer that found the hubs asleep; the sentinel adds none of its own.
    expect(notifications.count).toBeGreaterThan(0)
    expect(notifications.count).toBeLessThanOrEqual(5)
    expect(counters.map(each => each.rings)).toEqual(rings)
    expect(hubs.flatMap(hub => hub.changes)).toEqual([])
    expect(counters.map(({ unknownRows }) => unknownRows)).toEqual([0, 0])
  })

  test('is not given up on while a big transaction is being read before it', async () => {
    const { canary, problems, progress } = open({ timeoutMs: 60 })
    const steps = setInterval(() => progress.changes++, 5)
    onTestFinished(() => clearInterval(steps))
    await waitFor(() => progress.changes > 50)
    expect(problems).toEqual([])
    clearInterval(steps)
    await waitFor(() => problems.length > 0)
    expect(canary.problem?.code).toBe('RTB_CANARY_STUCK')
  })

  test('is missed when reads that began after it have ended without it', async () => {
    const { canary, problems, progress, written } = open({ timeoutMs: 60 })
    await waitFor(written)
    progress.reads += 2
    progress.changes += 1_000
    await waitFor(() => problems.length > 0)
    expect(canary.problem?.code).toBe('RTB_CANARY_MISSING')
  })

  test('has no opinion while it rests', async () => {
    const { canary, problems } = open({ timeoutMs: 60 })
    await waitFor(() => problems.length > 0)
    canary.rest()
    expect(canary.problem).toBeNull()
  })
})

/** A canary whose reader is the test. */
function open(options: Partial<CanaryOptions>) {
  const problems: (string | null)[] = []
  const progress = { reads: 10, changes: 0 }
  let isWritten = false
  const canary = new Canary({
    hubId: 'hub',
    pool: {
      query: async () => {
        setImmediate(() => {
          isWritten = true
        })
        return []
      },
    },
    everyMs: 10,
    timeoutMs: 1_000,
    progress: () => progress,
    onChange: problem => problems.push(problem?.code ?? null),
    now: () => performance.now(),
    wallClock: Date.now,
    ...options,
  })
  canary.start()
  onTestFinished(() => canary.close())
  return { canary, problems, progress, written: () => isWritten }
}
