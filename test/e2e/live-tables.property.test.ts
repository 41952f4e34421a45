import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createRandom, pickItem } from '../../src/demo/seeded-random.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { createTruth, readTruth, tableAt, write } from './live-truth.ts'
import { LiveViews } from './live-view.ts'

const database = await createTestDatabase()
await createTruth(database)

/** The live tables of each client, and which rows each has. */
const wanted: Readonly<
  Record<
    string,
    { table: string; where?: string; conflate_ms?: number; has: (row: { n: number; id: number }) => boolean }
  >
> = {
  a: { table: 'a', has: () => true },
  b: { table: 'b', has: () => true },
  few: { table: 'a', where: 'new.n >= 50 && new.id < 1200', has: ({ n, id }) => n >= 50 && id < 1_200 },
  slow: { table: 'a', where: 'new.n < 20', conflate_ms: 60, has: ({ n }) => n < 20 },
  odd: { table: 'b', where: 'new.n % 2 == 1', has: ({ n }) => n % 2 === 1 },
}

/** Ends the sessions in which tables are read, whatever they are doing. */
const breakReads = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'rtbridge pool'`

test.each([1, 2, 3])(
  'at every checkpoint each live table is what the database was there, whoever writes (seed %i)',
  async seed => {
    const random = createRandom(seed)
    await database.query(`TRUNCATE a, b, truth`)
    await database.query(`INSERT INTO a SELECT k, k % 100, repeat('y', 300) FROM generate_series(1, 3000) k`)
    await database.query(`INSERT INTO b SELECT k, k % 100, 'z' FROM generate_series(1, 200) k`)
    const { register, daemon } = await openTestDaemon(database.url, 'hub: { queue: 64KiB, tail: 64KiB }')
    let isOver = false
    const writers = [1, 2, 3].map(each => write(database.url, createRandom(seed * 10 + each), () => isOver))
    const clients = await Promise.all(
      [true, false].map(async batch => {
        // Half of them in `register`, half later.
        const subscription = (id: string) => ({
          id,
          tables: [wanted[id]?.table ?? ''],
          where: wanted[id]?.where ?? null,
          conflate_ms: wanted[id]?.conflate_ms ?? null,
          snapshot: true,
        })
        const client = await register({ batch, subscriptions: ['a', 'few'].map(subscription) })
        for (const id of ['b', 'odd', 'slow']) client.send('subscribe', subscription(id))
        return { client, subscription, views: new LiveViews() }
      }),
    )
    const follow = () => {
      for (const { client, views } of clients) views.follow(client.messages)
    }
    const settled = () => {
      follow()
      return clients.every(({ views }) => views.settled === Object.keys(wanted).length)
    }
    for (let round = 0; round < 8; round++) {
      await waitFor(settled)
      for (const { client, subscription } of clients) {
        const id = pickItem(random, Object.keys(wanted)) ?? 'a'
        const kind = random()
        if (kind < 0.3) {
          client.send('unsubscribe', { id })
          client.send('subscribe', subscription(id))
        } else if (kind < 0.8) {
          client.send('subscribe', subscription(id))
          if (random() < 0.5) client.send('subscribe', subscription(id))
        } else if (kind < 0.9) {
          await database.query(breakReads)
        } else {
          // A client that reads nothing for a while falls behind.
          client.socket.pause()
          await pause(60)
          client.socket.resume()
        }
      }
      await pause(30)
    }
    isOver = true
    await Promise.all(writers)
    await waitFor(settled)
    const { rows } = await database.query<{ now: string }>('SELECT pg_current_snapshot()::text AS now')
    expect(rows).toHaveLength(1)
    await database.query('INSERT INTO a VALUES (99999, 99)')
    const hasLast = (of: string) =>
      clients.every(({ views }) => views.states.at(-1)?.tables.get(of)?.has('99999'))
    await waitFor(() => settled() && hasLast('a') && clients.length === 2)
    const truth = await readTruth(database)
    let compared = 0
    for (const { views } of clients) {
      for (const { at, tables } of views.states) {
        for (const [id, seen] of tables) {
          const { table, has } = wanted[id] ?? { table: '', has: () => false }
          expect([...seen].sort()).toEqual([...tableAt(truth, table, at, has)].sort())
          compared++
        }
      }
    }
    expect(compared).toBeGreaterThan(40)
    // A read that was broken tries again after a while, and only then sees that nobody wants it any more.
    await waitFor(() => {
      const { snapshotsReading, snapshotsWaiting } = daemon.status().hub
      return snapshotsReading === 0 && snapshotsWaiting === 0
    })
  },
  60_000,
)
