import { expect, test } from 'vitest'
import { createRandom } from '../../src/demo/seeded-random.ts'
import { describeOwnServer } from '../capture/describe-own-server.ts'
import { checkpointAt } from '../hub/memory-history.ts'
import { openTestHub, settle } from '../hub/open-test-hub.ts'
import { openTestCapture } from '../support/capture-fixture.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { ledgerOf, orderViolations, tornTransactions } from '../support/ledger-of-changes.ts'
import { createLedger, readLedger, runLedgerWorkload } from '../support/ledger-workload.ts'
import { RoamingDesk } from '../support/roaming-desk.ts'
import { waitFor } from '../support/wait-for.ts'

const dayMs = 86_400_000

// What may be pruned, and who then has a gap, depends on every transaction of the cluster.
describeOwnServer('a clock that is wrong', database => {
  const { url } = database

  /** Sets the database's clock forward (or back), as far as the journal knows: what was written is so much older (or younger). */
  async function jumpClock(interval: string): Promise<void> {
    await database.query('UPDATE rtbridge.journal SET at = at - $1::interval', [interval])
  }

  async function journalRows(): Promise<number> {
    const { rows } = await database.query('SELECT count(*)::int FROM rtbridge.journal')
    return Number(rows[0]?.['count'] ?? 0)
  }

  test('order, completeness and whole transactions do not depend on the clock of the database', async () => {
    await createLedger(url)
    await database.query(
      `ALTER TABLE rtbridge.journal ALTER at SET DEFAULT clock_timestamp() + (random() - 0.5) * interval '2 days'`,
    )
    const hub = await openTestCapture(url)
    await runLedgerWorkload({ url, random: createRandom(1), writers: 4, transactions: 500 })
    await database.query('ALTER TABLE rtbridge.journal ALTER at SET DEFAULT clock_timestamp()')
    const ledger = await readLedger(url)
    await waitFor(() => ledgerOf(hub.changes).size >= ledger.size)
    expect(ledgerOf(hub.changes)).toEqual(ledger)
    expect(orderViolations(hub.changes)).toEqual([])
    const checkpoints = hub.checkpoints.map(({ after }) => after)
    expect(tornTransactions(hub.changes, checkpoints)).toEqual([])
  })

  test('a clock set forward makes the past older than retention: who is connected misses nothing, who was away is told', async () => {
    await database.query('CREATE TABLE item (id int PRIMARY KEY)')
    await database.query(`SELECT rtbridge.capture_table('item', '{id}')`)
    const hub = await openTestDaemon(
      url,
      'tables: { item: {} }\ncapture: { canary: 1h }\nhub: { tail: 64KiB }',
    )
    // A canary that was pruned before the hub has read it would be missing to everybody.
    await waitFor(() => hub.daemon.status().canary.age_ms !== null)
    const [here, away] = [new RoamingDesk('here', { batch: true }), new RoamingDesk('away', { batch: true })]
    await Promise.all([here.connect(hub.url), away.connect(hub.url)])
    away.cut()
    await database.query('INSERT INTO item SELECT generate_series(1, 3000)')
    await waitFor(() => here.events.length === 3_000)
    await jumpClock('2 days')
    await database.query('INSERT INTO item VALUES (3001)')
    await waitFor(() => here.events.length === 3_001)
    // A transaction of the hub itself may be in progress.
    await waitFor(async () => {
      await database.query('SELECT rtbridge.prune(1000000)')
      return (await journalRows()) === 1
    })
    expect(here.gaps).toEqual([])
    const later = await openTestDaemon(url, 'tables: { item: {} }')
    await away.connect(later.url)
    await waitFor(() => away.gaps.length > 0)
    expect(away.gaps).toEqual(['retention'])
  })

  test('a clock set back keeps the past longer, and no longer than its size allows', async () => {
    await database.query(`UPDATE rtbridge.retention SET keep = '24 hours', max_bytes = 1073741824`)
    await database.query(`INSERT INTO item SELECT generate_series(10001, 60000)`)
    await jumpClock('-2 days')
    expect((await database.query('SELECT rtbridge.prune(1000000) AS rows')).rows).toEqual([{ rows: 0 }])
    await database.query('UPDATE rtbridge.retention SET max_bytes = 1000000')
    await waitFor(async () => {
      await database.query('SELECT rtbridge.prune(5000)')
      return (await journalRows()) < 25_000
    })
    expect(await journalRows()).toBeGreaterThan(0)
  })
})

test.each([
  ['forward', dayMs],
  ['back', -dayMs],
])(
  'the hub cuts who takes nothing for too long, however its time of day is set %s meanwhile',
  async (_, jumpMs) => {
    const { hub, clock, history, register } = openTestHub({
      sizes: Array(9).fill(3),
      with: { highWaterBytes: 500, checkpointEveryMs: 5_000, stalledAfterMs: 30_000 },
    })
    hub.start(checkpointAt(0))
    const { peer } = register()
    await settle()
    peer.isSlow = true
    for (const piece of history.pieces(0, 9)) hub.publish(piece)
    clock.advance(5_000)
    clock.jump(jumpMs)
    clock.advance(5_000)
    expect(peer.isTerminated).toBe(false)
    for (let i = 0; i < 6; i++) clock.advance(5_000)
    expect(peer.isTerminated).toBe(true)
  },
)
