import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { doorbellLock, sentinelLock } from '../../src/capture/advisory-locks.ts'
import { createFolder, startCli } from '../cli/run-cli.ts'
import { findLockHolder } from '../support/backends.ts'
import { adminOptions, openTestCapture, type TestCapture } from '../support/capture-fixture.ts'
import { createCounterTable } from '../support/counter-table.ts'
import { openClient } from '../support/open-client.ts'
import { connectRawClient, type RawClient } from '../support/raw-client.ts'
import { addressOf, openTcpFaultProxy, throughProxy } from '../support/tcp-fault-proxy.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { withBusyMachine } from '../support/with-busy-machine.ts'

const database = await createTestDatabase()
await createCounterTable(database.url)
let nextId = 1

/** The promise: what is committed while the sentinel is away reaches the other hubs within this. */
const withinMs = 2_000

const insert = () => database.query('INSERT INTO counter VALUES ($1, 0)', [nextId++])
const sentinel = () => findLockHolder(database, sentinelLock)

/** A hub as a process of its own, the sentinel; and a client of it. */
async function openSentinelProcess() {
  const cwd = await createFolder()
  await writeFile(join(cwd, 'rtbridge.yaml'), 'hub: { host: 127.0.0.1, port: 0 }')
  const env = { RTBRIDGE_DATABASE_URL: database.url }
  const { child, says } = await startCli(['serve'], { cwd, env })
  const [, port = ''] = await says(/"port":(\d+)/)
  const client = await connectRawClient(`ws://127.0.0.1:${port}/`)
  client.send('register', { app_name: 'desk', batch: true })
  await client.next('registered')
  await waitFor(sentinel)
  return { child, client }
}

/** Leaves the sentinel asleep with the bell armed. */
async function putAsleep(): Promise<() => Promise<void>> {
  await waitFor(() => findLockHolder(database, doorbellLock))
  return async () => {}
}

/** Leaves the sentinel awake: while somebody holds the doorbell's lock shared it cannot arm. Returns how to let go. */
async function keepAwake(): Promise<() => Promise<void>> {
  const keeper = await openClient(database.url)
  let isGranted = false
  void keeper.query('SELECT pg_advisory_lock_shared($1, $2)', [...doorbellLock]).then(() => {
    isGranted = true
  })
  await waitFor(async () => {
    if (!isGranted) await insert()
    return isGranted
  })
  return async () => {
    await keeper.query('SELECT pg_advisory_unlock_shared($1, $2)', [...doorbellLock])
  }
}

/** Writes, each time when the other hub has nothing more to do, and waits for it as long as was promised. */
async function expectInTime(other: TestCapture): Promise<void> {
  const { counters } = other.capture
  for (let round = 0; round < 4; round++) {
    const timeoutMs = await withBusyMachine(withinMs, database.url)
    const { emptyReads } = counters
    await waitFor(() => counters.emptyReads > emptyReads)
    await insert()
    await other.received(nextId - 1, timeoutMs)
  }
}

async function expectEverything(client: RawClient): Promise<void> {
  const ids = () =>
    client.messages.flatMap(({ data }) => (data['events'] as { id: string }[] | undefined) ?? [])
  await waitFor(() => ids().length >= nextId - 1)
  expect(ids().map(({ id }) => Number(id))).toEqual(
    Array.from({ length: nextId - 1 }, (_, index) => index + 1),
  )
}

async function startOver(): Promise<void> {
  await database.query('TRUNCATE counter')
  nextId = 1
}

describe.each([
  ['asleep', putAsleep],
  ['awake', keepAwake],
])('a sentinel that is %s', (_, bring) => {
  test('and frozen delays the other hubs by two seconds at most, and misses nothing itself', async () => {
    await startOver()
    const { child, client } = await openSentinelProcess()
    const other = await openTestCapture(database.url)
    const letGo = await bring()
    child.kill('SIGSTOP')
    await letGo()
    await expectInTime(other)
    expect(other.capture.counters.sentinel).toBe(false)
    child.kill('SIGCONT')
    await expectEverything(client)
    await expectInTime(other)
  })

  test('and killed is replaced within two seconds, and nothing is lost', async () => {
    await startOver()
    const { child } = await openSentinelProcess()
    const other = await openTestCapture(database.url)
    const letGo = await bring()
    child.kill('SIGKILL')
    await letGo()
    await expectInTime(other)
    await waitFor(() => other.capture.counters.sentinel)
    await waitFor(() => findLockHolder(database, doorbellLock))
    await expectInTime(other)
  })

  test('and cut off delays the other hubs by two seconds at most, and misses nothing when it is back', async () => {
    await startOver()
    const proxy = await openTcpFaultProxy(addressOf(database.url))
    const url = throughProxy(database.url, proxy)
    const impatient = { ...adminOptions(url), answerTimeoutMs: 1_000 }
    const cut = await openTestCapture(url, { database: impatient })
    onTestFinished(() => proxy.reset())
    await waitFor(() => cut.capture.counters.sentinel)
    const other = await openTestCapture(database.url)
    const letGo = await bring()
    proxy.setMode({ kind: 'blackhole' })
    await letGo()
    await expectInTime(other)
    proxy.setMode({ kind: 'pass' })
    proxy.reset()
    await cut.received(nextId - 1)
  })
})
