import { expect, test } from 'vitest'
import { runAdminSql } from '../support/admin-sql.ts'
import { connectCrowd, cutAll, type Member } from '../support/crowd.ts'
import { loadTimeoutMs, sized } from '../support/full-size.ts'
import { type MeasuredHub, startMeasuredHub } from '../support/measured-hub.ts'
import { openClient } from '../support/open-client.ts'
import { startServer } from '../support/start-server.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

const yaml = 'tables: { item: {} }'
const server = await startServer({ settings: { shared_preload_libraries: 'pg_stat_statements' } })
const database = { url: server.url() }
await runAdminSql(database.url, [
  'CREATE EXTENSION pg_stat_statements',
  'CREATE TABLE item (id int PRIMARY KEY, text text)',
])
await installTables(database, yaml)

const clients = sized({ normal: 300, full: 1_000 })
/** What the issue allows for 1,000. */
const mostReads = 50
let nextId = 1

/** Commits rows, each in a transaction of its own. */
async function commit(count: number): Promise<void> {
  const inserts = Array.from({ length: count }, () => `INSERT INTO item VALUES (${nextId++}, 'x')`)
  await runAdminSql(database.url, inserts)
}

/** Statements that the server ran for clients that came back: replays, and looks at how far the journal reaches. */
async function countReads(): Promise<{ replays: number; checks: number }> {
  const client = await openClient(database.url)
  const { rows } = await client.query<{ replays: string; checks: string }>(
    `SELECT coalesce(sum(calls) FILTER (WHERE query LIKE '%pg_visible_in_snapshot(j.xid%'), 0) AS replays,
            coalesce(sum(calls) FILTER (WHERE query LIKE '%pg_snapshot_xmax(pg_current_snapshot%'
                                          AND query LIKE '%lost_xid%' AND query NOT LIKE '%journal%'), 0) AS checks
     FROM pg_stat_statements`,
  )
  return { replays: Number(rows[0]?.replays), checks: Number(rows[0]?.checks) }
}

/** Everybody got rows 1 to the last, each at least once and in order, and knows of no gap. */
async function expectEverything(members: readonly Member[], before: readonly Member[]): Promise<void> {
  await waitFor(() => members.every(({ ids }) => ids.at(-1) === nextId - 1), { timeoutMs: 60_000 })
  const wanted = Array.from({ length: nextId - 1 }, (_, index) => index + 1)
  members.forEach(({ ids, gaps }, index) => {
    const kept = before[index]?.ids ?? []
    expect({ ids: [...kept, ...ids], gaps }).toEqual({ ids: wanted, gaps: 0 })
  })
}

/** All of them return at once and resume; says how long it took and what it cost the server. */
async function comeBack(hub: MeasuredHub, cut: readonly Member[]): Promise<void> {
  await runAdminSql(database.url, ['SELECT pg_stat_statements_reset()'])
  const began = performance.now()
  const back = await connectCrowd(hub.url, cut.length, index => ({ resume: cut[index]?.cursor }))
  await expectEverything(back, cut)
  const tookMs = Math.round(performance.now() - began)
  const reads = await countReads()
  const { counters } = await hub.stats()
  console.info(`${cut.length} clients were back after ${tookMs} ms`, reads, { replays: counters['replays'] })
  expect(reads.replays + reads.checks).toBeLessThan(mostReads)
}

/** Clients that stopped at different places, and 200 transactions since. */
async function cutAtDifferentPlaces(hub: MeasuredHub): Promise<readonly Member[]> {
  const since = nextId
  const groups: Member[] = []
  for (let group = 0; group < 5; group++) {
    const members = await connectCrowd(hub.url, clients / 5)
    await commit(3)
    await waitFor(() => members.every(({ ids }) => ids.at(-1) === nextId - 1))
    groups.push(...members)
  }
  await cutAll(groups)
  // What each had before it was connected, the model knows.
  for (const { ids } of groups) ids.unshift(...Array.from({ length: (ids[0] ?? 1) - 1 }, (_, i) => i + 1))
  expect(groups.every(({ ids }) => ids.length >= since)).toBe(true)
  await commit(200)
  return groups
}

test(
  `${clients} clients cut at once and back together cost the database next to nothing`,
  async () => {
    const hub = await startMeasuredHub(database, yaml)
    await comeBack(hub, await cutAtDifferentPlaces(hub))
  },
  loadTimeoutMs,
)

test(
  `${clients} clients that come back to a hub that was restarted share their reads`,
  async () => {
    const first = await startMeasuredHub(database, yaml)
    const cut = await cutAtDifferentPlaces(first)
    first.process.child.kill('SIGKILL')
    await commit(20)
    await comeBack(await startMeasuredHub(database, yaml), cut)
  },
  loadTimeoutMs,
)
