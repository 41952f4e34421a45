import { setTimeout as pause } from 'node:timers/promises'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { BackendRole } from '../support/backends.ts'
import { terminateBackends } from '../support/backends.ts'
import { adminOptions, openTestCapture, type TestCapture } from '../support/capture-fixture.ts'
import { createCounterTable, withoutRepeats } from '../support/counter-table.ts'
import { openClient } from '../support/open-client.ts'
import { addressOf, openTcpFaultProxy, type TcpFaultProxy, throughProxy } from '../support/tcp-fault-proxy.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const database = await createTestDatabase()
const forMs = 1_500

describe('sessions that break under load', () => {
  beforeEach(() => createCounterTable(database.url))

  test.each<BackendRole>(['reader', 'helper', 'listener'])(
    'drops nothing when the %s is terminated ten times a second',
    async role => {
      const warnings = collectWarnings()
      const hub = await openTestCapture(database.url)
      const written = await writeWhile(() => repeat(100, () => terminateBackends(database, [role])))
      await expectEverything(hub, written)
      expect(warnings).toEqual([])
    },
  )

  test('drops nothing when all of them are terminated at once, again and again', async () => {
    const hub = await openTestCapture(database.url)
    const written = await writeWhile(() => repeat(300, () => terminateBackends(database)))
    await expectEverything(hub, written)
    expect(hub.states).toContain('RTB_DATABASE_LOST')
  })

  test('drops nothing when its connections are reset or half closed', async () => {
    const [hub, proxy] = await openBehindProxy()
    let round = 0
    const written = await writeWhile(() =>
      repeat(300, async () => (round++ % 2 === 0 ? proxy.reset() : proxy.halfClose())),
    )
    await expectEverything(hub, written)
  })

  test('drops nothing on a network that swallows everything for a while', async () => {
    const [hub, proxy] = await openBehindProxy()
    const written = await writeWhile(async () => {
      proxy.setMode({ kind: 'blackhole' })
      await waitFor(() => hub.states.includes('RTB_DATABASE_TIMEOUT'))
      proxy.setMode({ kind: 'pass' })
    })
    await expectEverything(hub, written)
    expect(hub.states.at(-1)).toBe('live')
  })

  test('notices a network that went silent while it slept', async () => {
    const [hub, proxy] = await openBehindProxy()
    proxy.setMode({ kind: 'blackhole' })
    await waitFor(() => hub.states.includes('RTB_DATABASE_TIMEOUT'))
    proxy.setMode({ kind: 'pass' })
    await expectEverything(hub, await writeWhile(async () => {}))
  })

  test('keeps up over a slow network', async () => {
    const [hub, proxy] = await openBehindProxy({})
    proxy.setMode({ kind: 'delay', ms: 20 })
    // No fault but the delay; as long as it is written.
    const written = await writeWhile(() => pause(500))
    await expectEverything(hub, written)
    expect(hub.states).toEqual(['live'])
  })
})

/** What Node warns of from now on: it does when more and more listens to one thing. */
function collectWarnings(): string[] {
  const warnings: string[] = []
  const onWarning = (warning: Error) => void warnings.push(warning.message)
  process.on('warning', onWarning)
  onTestFinished(() => void process.off('warning', onWarning))
  return warnings
}

const impatient = { connectTimeoutMs: 1_000, answerTimeoutMs: 500 }

/** A capture whose network can be broken, with short time-outs or others. */
async function openBehindProxy(timeouts: object = impatient): Promise<[TestCapture, TcpFaultProxy]> {
  const proxy = await openTcpFaultProxy(addressOf(database.url))
  const url = throughProxy(database.url, proxy)
  const options = { ...adminOptions(url), ...timeouts }
  return [await openTestCapture(url, { database: options, safetyReadMs: 100 }), proxy]
}

/** Does something at intervals, for a while. */
async function repeat(everyMs: number, work: () => Promise<unknown>): Promise<void> {
  for (let passed = 0; passed < forMs; passed += everyMs) {
    await work()
    await pause(everyMs)
  }
}

/** Inserts, updates and deletes on two sessions until `faults` is over; returns how many changes were committed. */
async function writeWhile(faults: () => Promise<void>): Promise<number> {
  let isOver = false
  let written = 0
  const writers = [1, 2].map(async writer => {
    const client = await openClient(database.url)
    for (let i = 0; !isOver || i < 10; i++) {
      const id = writer * 1_000_000 + i
      await client.query(
        `BEGIN; INSERT INTO counter VALUES (${id}, 1); UPDATE counter SET n = 2 WHERE id = ${id}; COMMIT`,
      )
      await client.query(`UPDATE counter SET n = 3 WHERE id = ${id}`)
      written += 3
    }
  })
  await faults().finally(() => {
    isOver = true
  })
  await Promise.all(writers)
  return written
}

/** Everything was delivered, each row in its order, in one go without a gap; then the hub is live. */
async function expectEverything(hub: TestCapture, written: number): Promise<void> {
  const message = () =>
    `${written} changes came; there are ${withoutRepeats(hub.changes).length}, ${hub.states}`
  await waitFor(() => withoutRepeats(hub.changes).length >= written && hub.states.at(-1) === 'live', {
    intervalMs: 50,
    message,
  })
  const rows = new Map<number, number>()
  for (const { newRow } of withoutRepeats(hub.changes)) {
    const { id, n } = JSON.parse(newRow ?? '{}') as { id: number; n: number }
    expect(n).toBe((rows.get(id) ?? 0) + 1)
    rows.set(id, n)
  }
  expect(rows.size * 3).toBe(written)
  expect(hub.starts).toHaveLength(1)
}
