import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createRandom, pickInteger, pickItem } from '../../src/demo/seeded-random.ts'
import { openTestCapture } from '../support/capture-fixture.ts'
import {
  createLedger,
  ledgerOf,
  orderViolations,
  readLedger,
  runLedgerWorkload,
  tornTransactions,
} from '../support/ledger-workload.ts'
import { addressOf, openTcpFaultProxy, throughProxy } from '../support/tcp-fault-proxy.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const database = await createTestDatabase()
const seed = Number(process.env['RTBRIDGE_TEST_SEED'] ?? Date.now() % 1_000_000)
const transactions = Number(process.env['RTBRIDGE_TEST_TRANSACTIONS'] ?? 15_000)
const writers = 8

test(`two hubs lose, repeat and tear nothing while sessions die (seed ${seed})`, {
  timeout: 1_800_000,
}, async () => {
  console.info(`RTBRIDGE_TEST_SEED=${seed} RTBRIDGE_TEST_TRANSACTIONS=${transactions}`)
  await createLedger(database.url)
  const proxy = await openTcpFaultProxy(addressOf(database.url))
  const hubs = [await openTestCapture(database.url), await openTestCapture(throughProxy(database.url, proxy))]

  let isOver = false
  const random = createRandom(seed)
  const faults = [
    () => terminateOne('rtbridge reader'),
    () => terminateOne('rtbridge helper'),
    () => terminateOne('rtbridge listener'),
    () => terminateOne('rtbridge test writer'),
    async () => proxy.reset(),
    async () => proxy.halfClose(),
  ]
  let faultCount = 0
  const breaking = (async () => {
    while (!isOver) {
      await pause(pickInteger(random, 100, 1_000))
      await pickItem(random, faults)?.()
      faultCount++
    }
  })()
  const before = performance.now()
  await runLedgerWorkload({ url: database.url, random: createRandom(seed + 1), writers, transactions })
  isOver = true
  await breaking

  const ledger = await readLedger(database.url)
  expect(ledger.size).toBeGreaterThan(transactions / 2)
  for (const hub of hubs) {
    await waitFor(() => ledgerOf(hub.changes).size >= ledger.size, { timeoutMs: 30_000, intervalMs: 200 })
    expect(difference(ledger, ledgerOf(hub.changes))).toEqual([])
    expect(orderViolations(hub.changes)).toEqual([])
    const checkpoints = hub.checkpoints.map(({ after }) => after)
    expect(tornTransactions(hub.changes, checkpoints)).toEqual([])
    expect(hub.starts).toHaveLength(1)
  }
  const seconds = ((performance.now() - before) / 1_000).toFixed(1)
  const changes = hubs.map(hub => hub.changes.length).join(' and ')
  console.info(
    `${ledger.size} of ${transactions} committed, ${faultCount} faults, ${changes} changes, ${seconds} s`,
  )
})

/** What one side has and the other has not or has differently. */
function difference(expected: ReadonlyMap<string, string>, actual: ReadonlyMap<string, string>): string[] {
  const all = new Set([...expected.keys(), ...actual.keys()])
  return [...all]
    .filter(tx => expected.get(tx) !== actual.get(tx))
    .map(tx => `${tx}: committed ${expected.get(tx)}, received ${actual.get(tx)}`)
}

async function terminateOne(applicationName: string): Promise<void> {
  await database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = $1 ORDER BY random() LIMIT 1`,
    [applicationName],
  )
}
