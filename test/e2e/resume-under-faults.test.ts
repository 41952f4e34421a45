import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createRandom, pickInteger, pickItem } from '../../src/demo/seeded-random.ts'
import { parseCursor } from '../../src/domain/cursor.ts'
import { sees } from '../../src/domain/snapshot.ts'
import { openTestDaemon, type TestDaemon } from '../support/daemon-fixture.ts'
import { createLedger, readLedger, runLedgerWorkload } from '../support/ledger-workload.ts'
import { openClient } from '../support/open-client.ts'
import { type DeskEvent, RoamingDesk } from '../support/roaming-desk.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const yaml = `
hub: { queue: 64KiB, tail: 64KiB, checkpoint_every: 200ms }
tables:
  entry:
    events:
      ODD: { on: update, when: "new.key % 2 == 1", rooms: [odd] }
`
const database = await createTestDatabase()
const seed = Number(process.env['RTBRIDGE_TEST_SEED'] ?? Date.now() % 1_000_000)
const transactions = Number(process.env['RTBRIDGE_TEST_TRANSACTIONS'] ?? 1_500)

/** Which events a desk is to get, and how it asks for them. */
const kinds = [
  { name: 'batches', ask: { batch: true }, wants: isUpdate },
  { name: 'single frames', ask: {}, wants: isUpdate },
  {
    name: 'a filter',
    ask: { batch: true, subscriptions: [{ id: 'low', events: ['UPDATE'], where: 'new.key <= 100' }] },
    wants: (event: DeskEvent) => isUpdate(event) && Number(event.data['key']) <= 100,
  },
  {
    name: 'a room',
    ask: { subscriptions: [{ id: 'odd', rooms: ['odd'] }] },
    wants: (event: DeskEvent) => event.event_type === 'ODD',
  },
  { name: 'slow', ask: { batch: true }, wants: isUpdate },
  { name: 'slow, single frames', ask: {}, wants: isUpdate },
]

function isUpdate(event: DeskEvent): boolean {
  return event.event_type === 'UPDATE'
}

test(`desks that roam between two failing hubs miss nothing, and have whole transactions at checkpoints (seed ${seed})`, {
  timeout: 600_000,
}, async () => {
  console.info(`RTBRIDGE_TEST_SEED=${seed} RTBRIDGE_TEST_TRANSACTIONS=${transactions}`)
  const random = createRandom(seed)
  await createLedger(database.url)
  const hubs: TestDaemon[] = [
    await openTestDaemon(database.url, yaml),
    await openTestDaemon(database.url, yaml),
  ]
  const desks = kinds.map(({ name, ask }) => new RoamingDesk(name, ask))
  const anyHub = () => pickItem(random, hubs)?.url ?? ''
  for (const desk of desks) await desk.connect(anyHub())

  let isOver = false
  const restartHub = async () => {
    const index = pickInteger(random, 0, 1)
    await hubs[index]?.daemon.close()
    hubs[index] = await openTestDaemon(database.url, yaml)
  }
  const faults: (() => unknown)[] = [
    () => terminateOne('rtbridge reader'),
    () => terminateOne('rtbridge helper'),
    () => terminateOne('rtbridge listener'),
    () => terminateOne('rtbridge pool'),
    restartHub,
    () => writeBig(random),
    () => writeBig(random),
  ]
  const breaking = (async () => {
    for (; !isOver; await pause(pickInteger(random, 50, 400))) await pickItem(random, faults)?.()
  })()
  const roaming = desks.map(async desk => {
    while (!isOver) {
      if (desk.name.startsWith('slow') && random() < 0.7) desk.pause()
      await pause(pickInteger(random, 20, 600))
      desk.resume()
      await pause(pickInteger(random, 0, 100))
      if (random() < 0.6) desk.cut()
      if (random() < 0.3) await pause(pickInteger(random, 0, 300))
      if (!desk.isConnected) await desk.connect(anyHub())
    }
  })
  await runLedgerWorkload({ url: database.url, random: createRandom(seed + 1), writers: 3, transactions })
  isOver = true
  await Promise.all([breaking, ...roaming])

  const ledger = await readLedger(database.url)
  const all = await settle(desks, ledger, anyHub)
  kinds.forEach(({ name, wants }, index) => {
    const desk = desks[index]
    if (desk === undefined) return
    const wanted = all.filter(wants)
    expect(desk.gaps, name).toEqual([])
    expect(desk.errors, name).toEqual([])
    expect(difference(wanted, desk.events), name).toEqual([])
    expect(disorder(desk.events), name).toEqual([])
    expect(wrongCheckpoints(desk, wanted), name).toEqual([])
  })
  const counts = desks.map(({ connections, checkpoints }) => `${connections}/${checkpoints.length}`)
  console.info(
    `${ledger.size} transactions, ${all.length} events, connections/checkpoints ${counts.join(' ')}`,
  )
})

/** Lets every desk come to rest; returns all events there are, as the ledger proves. */
async function settle(
  desks: readonly RoamingDesk[],
  ledger: ReadonlyMap<string, string>,
  anyHub: () => string,
): Promise<DeskEvent[]> {
  for (const desk of desks) {
    desk.resume()
    await desk.connect(anyHub())
  }
  const [first, , , room] = desks
  await waitFor(() => first !== undefined && same(ledgerOf(first.events.filter(isUpdate)), ledger), {
    intervalMs: 100,
    message: () => `the first desk had all of ${ledger.size}; it has ${ledgerOf(first?.events ?? []).size}`,
  })
  const updates = first?.events.filter(isUpdate) ?? []
  const odd = updates.filter(event => Number(event.data['key']) % 2 === 1)
  const all = [
    ...updates,
    ...odd.map(event => ({ ...event, event_type: 'ODD', event_id: `${event.event_id}-ODD` })),
  ]
  await Promise.all(
    kinds.map(({ wants, name }, index) =>
      waitFor(() => (desks[index]?.events.filter(wants).length ?? 0) >= all.filter(wants).length, {
        intervalMs: 100,
        message: () =>
          `${name} had all; ${desks[index]?.events.length} of ${all.filter(wants).length}, ${room?.gaps}`,
      }),
    ),
  )
  return all
}

function same(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([tx, entries]) => b.get(tx) === entries)
}

/** Events by the transaction that wrote them, in the form of {@link readLedger}. */
function ledgerOf(events: readonly DeskEvent[]): Map<string, string> {
  const transactions = new Map<string, string[]>()
  for (const { data } of events) {
    const tx = String(data['tx'])
    const entries = transactions.get(tx) ?? []
    entries.push(`${data['key']}:${data['n']}`)
    transactions.set(tx, entries)
  }
  return new Map([...transactions].map(([tx, entries]) => [tx, entries.sort().join()]))
}

function difference(expected: readonly DeskEvent[], actual: readonly DeskEvent[]): string[] {
  const [had, has] = [expected, actual].map(events => new Set(events.map(event => event.event_id)))
  const missing = [...(had ?? [])].filter(id => !has?.has(id)).map(id => `missing ${id}`)
  return [...missing, ...[...(has ?? [])].filter(id => !had?.has(id)).map(id => `foreign ${id}`)].slice(0, 10)
}

/** Rows whose counter does not rise by one. */
function disorder(events: readonly DeskEvent[]): string[] {
  const last = new Map<unknown, number>()
  const violations: string[] = []
  for (const { data } of events) {
    const [key, n] = [data['key'], Number(data['n'])]
    const before = last.get(key) ?? 0
    if (n !== before + 1) violations.push(`key ${key}: ${n} after ${before}`)
    last.set(key, n)
  }
  return violations.slice(0, 10)
}

/** Checkpoints at which a desk did not have exactly what their snapshot sees. */
function wrongCheckpoints(desk: RoamingDesk, all: readonly DeskEvent[]): string[] {
  if (desk.start === null) return ['never began']
  const start = parseCursor(desk.start).snapshot
  const { events } = desk
  const stride = Math.ceil(desk.checkpoints.length / 150)
  return desk.checkpoints.flatMap(({ cursor, count }, index) => {
    if (index % stride !== 0) return []
    const { snapshot } = parseCursor(cursor)
    const isVisible = ({ tx }: DeskEvent) => sees(snapshot, BigInt(tx)) && !sees(start, BigInt(tx))
    const expected = all.filter(isVisible).length
    const extra = events.slice(0, count).filter(event => !isVisible(event)).length
    return expected === count && extra === 0 ? [] : [`${index}: ${count} of ${expected}, ${extra} too many`]
  })
}

let bigCount = 0

/** One transaction of 2,400 changes: more than one read brings in one piece. */
async function writeBig(random: () => number): Promise<void> {
  if (bigCount >= 4) return
  const tx = `big${++bigCount}`
  const client = await openClient(database.url)
  const write = `UPDATE entry SET n = n + 1, tx = '${tx}'`
  await client.query(`BEGIN; SELECT FROM entry ORDER BY key FOR UPDATE; ${Array(6).fill(write).join(';')}`)
  await pause(pickInteger(random, 0, 30))
  await client.query(
    `INSERT INTO ledger SELECT '${tx}', array_agg(key || ':' || n - back) FROM entry, generate_series(0, 5) back; COMMIT`,
  )
}

async function terminateOne(applicationName: string): Promise<void> {
  await database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = $1 ORDER BY random() LIMIT 1`,
    [applicationName],
  )
}
