import { expect, test } from 'vitest'
import { doorbellLock, sentinelLock } from '../../src/capture/advisory-locks.ts'
import { findLockHolder } from '../support/backends.ts'
import { openTestCapture, type TestCapture } from '../support/capture-fixture.ts'
import { createCounterTable, describeChange, withoutRepeats } from '../support/counter-table.ts'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { openClient } from '../support/open-client.ts'
import { waitFor } from '../support/wait-for.ts'

/** Short enough for a take-over within a test, long enough to tell a ring from a look. */
const safetyReadMs = 200

describeEachMajor('several hubs on one database', async database => {
  await createCounterTable(database.url)
  let nextId = 1

  const insert = () => database.query('INSERT INTO counter VALUES ($1, 0)', [nextId++])
  const open = (options = {}) => openTestCapture(database.url, { safetyReadMs, ...options })
  const isSentinel = ({ capture }: TestCapture) => capture.counters.sentinel
  const settled = (hubs: readonly TestCapture[]) =>
    waitFor(
      async () => hubs.filter(isSentinel).length === 1 && (await findLockHolder(database, doorbellLock)),
    )

  test('have one sentinel, and every hub gets everything', async () => {
    const hubs = [await open(), await open(), await open()]
    await settled(hubs)
    const clients = await Promise.all([1, 2, 3].map(() => openClient(database.url)))
    const writers = clients.map(async client => {
      for (let i = 0; i < 100; i++) await client.query('INSERT INTO counter VALUES ($1, 0)', [nextId++])
    })
    await Promise.all(writers)
    await Promise.all(hubs.map(hub => hub.received(300)))
    await settled(hubs)
    const seqs = hubs.map(hub => hub.changes.map(({ seq }) => seq).sort())
    expect(seqs[1]).toEqual(seqs[0])
    expect(seqs[2]).toEqual(seqs[0])
    expect(new Set(seqs[0]).size).toBe(300)
  })

  test('ring each other, so that who does not keep the bell is as fast', async () => {
    const hubs = [await open(), await open()]
    await settled(hubs)
    const others = hubs.filter(hub => !isSentinel(hub))
    // While the sentinel is awake writers skip the bell; the others learn of it through the sentinel only.
    await waitFor(async () => {
      await insert()
      return (hubs.find(isSentinel)?.capture.counters.rings ?? 0) > 0
    })
    await Promise.all(hubs.map(hub => waitFor(() => hub.changes.length === hubs[0]?.changes.length)))
    expect(others).toHaveLength(1)
  })

  test('lose nothing when the sentinel is closed: another takes over and arms the bell', async () => {
    const [first, second] = [await open(), await open()]
    await settled([first, second])
    const [sentinel, other] = isSentinel(first) ? [first, second] : [second, first]
    await insert()
    await Promise.all([sentinel.received(1), other.received(1)])
    await sentinel.close()
    await insert()
    await other.received(2)
    await settled([other])
    await insert()
    await other.received(3)
  })

  test('have the bell armed by who takes over before anything is written', async () => {
    const [first, second] = [await open(), await open()]
    await settled([first, second])
    const [sentinel, other] = isSentinel(first) ? [first, second] : [second, first]
    await sentinel.close()
    // Nothing is written meanwhile: the take-over alone has to lead to an armed bell.
    await settled([other])
  })

  test('are counted at every look by a sentinel that cannot hear them come', async () => {
    const lookMs = 3_000
    const deaf = await open({ doorbell: false, safetyReadMs: lookMs })
    await waitFor(() => isSentinel(deaf))
    await open()
    await waitFor(() => deaf.capture.counters.otherHubs === 1, { timeoutMs: 4 * lookMs })
  })

  test('lose nothing when the sentinel loses its session again and again', async () => {
    const hubs = [await open(), await open()]
    for (let round = 0; round < 5; round++) {
      await waitFor(async () => {
        const holder = await findLockHolder(database, sentinelLock)
        return holder !== null && (await database.query('SELECT pg_terminate_backend($1)', [holder]))
      })
      for (let i = 0; i < 10; i++) await insert()
    }
    await Promise.all(hubs.map(hub => waitFor(() => withoutRepeats(hub.changes).length === 50)))
    const order = hubs.map(hub => withoutRepeats(hub.changes).map(describeChange))
    expect(order[1]).toEqual(order[0])
    await settled(hubs)
  })
})
