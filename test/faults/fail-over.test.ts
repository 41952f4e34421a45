import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Client, ClientEvent, LiveTable } from '../../src/client-node/index.ts'
import { createClient } from '../../src/client-node/index.ts'
import { findFreePort } from '../../src/demo/postgres/free-port.ts'
import { createRandom, pickInteger } from '../../src/demo/seeded-random.ts'
import { readRows } from '../support/admin-sql.ts'
import { loadTimeoutMs, sized } from '../support/full-size.ts'
import { HubProcess } from '../support/hub-process.ts'
import { createLedger, readLedger, runLedgerWorkload } from '../support/ledger-workload.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

interface Entry {
  readonly key: number
  readonly n: number
}

/** An app: what it was shown, event by event, and its live table. */
interface Desk {
  readonly client: Client
  readonly table: LiveTable<Record<string, unknown>>
  readonly shown: ClientEvent[]
  readonly gaps: unknown[]
}

const kills = sized({ normal: 8, full: 50 })
const database = await createTestDatabase()

describe('apps with three hubs of one database', () => {
  test(
    `miss nothing and are shown nothing twice while the hub of one is killed ${kills} times under load`,
    async () => {
      await createLedger(database.url)
      const seed = Number(process.env['RTBRIDGE_TEST_SEED'] ?? Math.floor(Math.random() * 1e9))
      console.log(`fail-over: RTBRIDGE_TEST_SEED=${seed}`)
      const random = createRandom(seed)
      const hubs = await startHubs()
      const desks = hubs.map((_, at) => openDesk(`desk ${at}`, [...hubs.slice(at), ...hubs.slice(0, at)]))
      await Promise.all(desks.map(({ table }) => table.ready()))

      let isDone = false
      const writing = keepWriting(random, () => isDone)
      for (let kill = 0; kill < kills; kill++) {
        const { client } = desks[pickInteger(random, 0, desks.length - 1)] ?? expect.fail('no desk')
        await waitFor(() => client.status.state === 'online')
        const hub =
          hubs.find(({ port }) => isAt(client, port)) ?? expect.fail(`no hub is ${client.status.url}`)
        await hub.kill()
        await waitFor(() => client.status.state === 'online' && !isAt(client, hub.port))
        await hub.start()
      }
      isDone = true
      await writing

      const ledger = await readLedger(database.url)
      const written = [...ledger.values()].flatMap(entries => entries.split(',')).sort()
      const rows = await readRows(database.url, 'SELECT key, n FROM entry ORDER BY key')
      for (const { shown, table, gaps } of desks) {
        await waitFor(() => shown.length >= written.length)
        await waitFor(() => isSame(table.rows, rows))
        expect(shown.map(textOf).sort()).toEqual(written)
        expect(outOfOrder(shown)).toEqual([])
        expect(gaps).toEqual([])
      }
      console.log(
        `fail-over: ${kills} kills, ${ledger.size} transactions, ${written.length} events for each app`,
      )
      expect(hubs.flatMap(({ unexpectedEnds }) => unexpectedEnds)).toEqual([])
    },
    loadTimeoutMs,
  )
})

async function startHubs(): Promise<HubProcess[]> {
  const folder = await mkdtemp(join(tmpdir(), 'rtbridge-fail-over-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'rtbridge.yaml'), 'auth: { mode: open }\ntables: [entry]\n')
  const hubs: HubProcess[] = []
  for (let at = 0; at < 3; at++) {
    const hub = new HubProcess({ folder, databaseUrl: database.url, port: await findFreePort() })
    await hub.start()
    hubs.push(hub)
  }
  return hubs
}

function openDesk(appName: string, hubs: readonly HubProcess[]): Desk {
  const url = hubs.map(({ port }) => `ws://127.0.0.1:${port}/`)
  const client = createClient({ url, appName, backoff: { minMs: 20, maxMs: 500 } })
  onTestFinished(() => client.close())
  const shown: ClientEvent[] = []
  const gaps: unknown[] = []
  client.onGap(gap => gaps.push(gap))
  client.on(['INSERT', 'UPDATE', 'DELETE'], event => shown.push(event), { tables: 'entry' })
  return { client, table: client.table('entry', { orderBy: 'key' }), shown, gaps }
}

function isAt({ status }: Client, port: number): boolean {
  return new URL(status.url ?? 'ws://nowhere').port === String(port)
}

async function keepWriting(random: () => number, isDone: () => boolean): Promise<void> {
  for (let turn = 0; !isDone(); turn++) {
    // Names of transactions are not used twice.
    await runLedgerWorkload({ url: database.url, random, writers: 4, transactions: 200, prefix: `${turn}-` })
  }
}

function textOf({ data }: ClientEvent): string {
  const { key, n } = data as Entry
  return `${key}:${n}`
}

function isSame(
  shown: readonly Record<string, unknown>[],
  rows: readonly Record<string, unknown>[],
): boolean {
  return (
    JSON.stringify(shown.map(({ key, n }) => [key, n])) === JSON.stringify(rows.map(({ key, n }) => [key, n]))
  )
}

/** Events of a row whose counter does not rise. */
function outOfOrder(events: readonly ClientEvent[]): string[] {
  const last = new Map<string | null, number>()
  return events.flatMap(({ id, data }) => {
    const { n } = data as Entry
    const before = last.get(id) ?? -1
    last.set(id, n)
    return n > before ? [] : [`${id}: ${n} after ${before}`]
  })
}
