import { expect, test } from 'vitest'
import type * as Daemon from '../../src/daemon.ts'
import type * as Sql from '../../src/database/sql-file.ts'
import type * as Apply from '../../src/install/apply-plan.ts'
import { install } from '../install/install-fixture.ts'
import { terminateBackends } from '../support/backends.ts'
import { adminOptions } from '../support/capture-fixture.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { makeNextVersion } from '../support/next-version.ts'
import { openClient } from '../support/open-client.ts'
import { RoamingDesk } from '../support/roaming-desk.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const database = await createTestDatabase()
const idle = await createTestDatabase()
const { url } = database
await database.query('CREATE TABLE item (id bigint PRIMARY KEY, n int NOT NULL)')
await install(url, { item: {} })

// What an upgrade may need: a lock on the journal that keeps everybody out, and another body of the trigger's function.
const next = await makeNextVersion(`
  ALTER TABLE rtbridge.journal ADD next_version integer NOT NULL DEFAULT 1;
  DO $$ BEGIN EXECUTE pg_get_functiondef('rtbridge.capture_truncate'::regproc); END $$;`)
const { applyPlan } = await next.load<typeof Apply>('install/apply-plan.ts')
const { installFiles } = await next.load<typeof Sql>('database/sql-file.ts')
const { startDaemon: startNext } = await next.load<typeof Daemon>('daemon.ts')

const upgradePlan = {
  steps: [{ kind: 'migrate' as const, files: installFiles().slice(-1) }],
  unchanged: [],
  notes: [],
}
const yaml = 'tables: { item: {} }'

/** The ids of the rows a desk heard of, one for each change, in ascending order. */
const idsOf = ({ events }: RoamingDesk) => events.map(({ data }) => Number(data['id'])).sort((a, b) => a - b)

/** Inserts and updates on three sessions until told; any error of theirs fails the test. */
async function startWriters() {
  const state = { ids: [] as number[], stopped: false }
  const clients = await Promise.all([1, 2, 3].map(() => openClient(url)))
  const work = clients.map(async (client, writer) => {
    for (let id = (writer + 1) * 1_000_000; !state.stopped; id++) {
      await client.query(
        `BEGIN; INSERT INTO item VALUES (${id}, 0); UPDATE item SET n = 1 WHERE id = ${id}; COMMIT`,
      )
      state.ids.push(id, id)
    }
  })
  return {
    get count() {
      return state.ids.length
    },
    async stop(): Promise<number[]> {
      state.stopped = true
      await Promise.all(work)
      return state.ids.sort((a, b) => a - b)
    },
  }
}

test('the schema is upgraded under load: no write fails, writers go on between attempts, a desk that moves from the old hub to the new misses nothing', async () => {
  const old = await openTestDaemon(url, yaml)
  const upcoming = await openTestDaemon(url, yaml, startNext as typeof Daemon.startDaemon)
  await waitFor(() => upcoming.daemon.status().database.error?.code === 'RTB_INSTALL_OUTDATED')
  const [moving, staying] = ['moving', 'staying'].map(name => new RoamingDesk(name, { batch: true }))
  if (moving === undefined || staying === undefined) throw new Error('there are two desks')
  await Promise.all([moving.connect(old.url), staying.connect(old.url)])

  const writers = await startWriters()
  await waitFor(() => writers.count > 100)
  const holder = await openClient(url)
  await holder.query('BEGIN; INSERT INTO item VALUES (0, 0)')
  const writtenAtRetry: number[] = []
  const upgrade = applyPlan(upgradePlan, {
    database: adminOptions(url),
    onStep: () => {},
    onRetry: () => writtenAtRetry.push(writers.count),
    locks: { timeoutMs: 100, attempts: 1_000, pauseMs: 20 },
  })
  await waitFor(() => writtenAtRetry.length >= 3)
  expect(writtenAtRetry[2]).toBeGreaterThan(writtenAtRetry[0] ?? 0)
  await holder.query('COMMIT')
  await upgrade

  await upcoming.daemon.live
  await waitFor(() => idsOf(moving).length > 0)
  await moving.connect(upcoming.url)
  const since = writers.count
  await waitFor(() => writers.count > since + 100)
  // The old hub reads on until it has to connect again; then it says what is the matter, and keeps asking.
  await terminateBackends(database, ['reader'])
  await waitFor(() => old.daemon.status().database.error?.code === 'RTB_INSTALL_NEWER')
  await staying.connect(upcoming.url)
  const ids = [0, ...(await writers.stop())]
  for (const desk of [moving, staying]) {
    await waitFor(() => desk.events.length >= ids.length)
    expect(idsOf(desk)).toEqual(ids)
    expect([...desk.gaps, ...desk.errors]).toEqual([])
  }
})

test('an upgrade that never gets its lock says so and leaves the schema as it was; run again, it ends', async () => {
  const other = await openClient(idle.url)
  const installed = async () =>
    (await other.query('SELECT name FROM rtbridge.migration ORDER BY id')).rows.map(({ name }) => name)
  const before = await installed()
  await other.query('BEGIN; LOCK TABLE rtbridge.journal IN ROW EXCLUSIVE MODE')
  const upgrade = (attempts: number) =>
    applyPlan(upgradePlan, {
      database: adminOptions(idle.url),
      onStep: () => {},
      onRetry: () => {},
      locks: { timeoutMs: 20, attempts, pauseMs: 1 },
    })
  await expect(upgrade(2)).rejects.toMatchObject({
    code: 'RTB_INSTALL_LOCKED',
    message: 'the schema rtbridge is in use: no lock on it in 2 attempts',
  })
  await other.query('COMMIT')
  expect(await installed()).toEqual(before)
  await upgrade(100)
  expect(await installed()).toEqual(installFiles())
})
