import { expect, test } from 'vitest'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { RoamingDesk } from '../support/roaming-desk.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

const yaml = 'tables: { vehicle: {}, note: {} }'
const database = await createTestDatabase()
await database.query('CREATE TABLE vehicle (id int PRIMARY KEY, x int)')
await database.query('CREATE TABLE note (id int PRIMARY KEY)')
await database.query('INSERT INTO vehicle SELECT i, 0 FROM generate_series(1, 100) i')
await installTables(database, yaml)
const moves = 60

/** Each vehicle moves often. */
async function drive(): Promise<void> {
  for (let move = 0; move < moves; move++) await database.query('UPDATE vehicle SET x = x + 1')
}

/** What a desk shows after its events: the last of each vehicle. */
function shown(desk: RoamingDesk): Map<unknown, unknown> {
  return new Map(desk.events.map(({ data }) => [data['id'], data['x']]))
}

async function positions(): Promise<Map<unknown, unknown>> {
  const { rows } = await database.query('SELECT id, x FROM vehicle')
  return new Map(rows.map(({ id, x }) => [id, x]))
}

const map = { id: 'map', tables: ['vehicle'], conflate_ms: 60_000 }

test('a dashboard gets the latest position of each vehicle instead of each move, and a whole state at its checkpoint', async () => {
  const { daemon, url } = await openTestDaemon(database.url, yaml)
  const every = new RoamingDesk('every', { batch: true })
  const dashboard = new RoamingDesk('dashboard', {
    batch: true,
    subscriptions: [{ ...map, conflate_ms: 200 }],
  })
  await every.connect(url)
  await dashboard.connect(url)
  await drive()
  await waitFor(() => every.events.length === 100 * moves)
  const hub = () =>
    (daemon.status() as unknown as { hub: { counters: { conflated: number }; heldBytes: number } }).hub
  const received = () => dashboard.events.length
  await waitFor(() => hub().heldBytes === 0 && received() + hub().counters.conflated === 100 * moves)
  await waitFor(() => dashboard.checkpoints.at(-1)?.count === received())
  expect(shown(dashboard)).toEqual(await positions())
  expect(hub().counters.conflated).toBeGreaterThan(0)
})

test('a dashboard that was cut while events were held gets them after its resume, at another hub, too', async () => {
  const first = await openTestDaemon(database.url, yaml)
  const second = await openTestDaemon(database.url, yaml)
  const dashboard = new RoamingDesk('dashboard', {
    batch: true,
    subscriptions: [map, { id: 'notes', tables: ['note'] }],
  })
  await dashboard.connect(first.url)
  await drive()
  await database.query('INSERT INTO note VALUES (1)')
  await waitFor(() => dashboard.events.length === 1)
  // The note came at once, but no cursor moved past the positions that are held.
  expect(dashboard.cursor).toBe(dashboard.start)
  await dashboard.connect(second.url)
  await waitFor(() => dashboard.events.length === 1)
  await dashboard.connect(first.url)
  // With the note all that came before it has been read again, and is held.
  await waitFor(() => dashboard.events.length === 1)
  await first.daemon.close()
  await waitFor(() => dashboard.events.length === 101)
  expect(dashboard.events.filter(({ data }) => data['x'] === undefined)).toHaveLength(1)
  expect(dashboard.checkpoints).not.toEqual([])
})
