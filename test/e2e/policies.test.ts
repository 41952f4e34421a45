import { expect, test } from 'vitest'
import { createRandom } from '../../src/demo/seeded-random.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import type { RawClient } from '../support/raw-client.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { installTables } from '../support/wasla-database.ts'

const yaml = `
tables:
  bookings:
    events:
      MOVED: { on: update, data: { was: "old.note", is: "new.note", pin: "new.pin" } }
  pins:
policies:
  tables:
    bookings: [{ where: "new.status != 'HIDDEN'", hide: [pin] }]
    pins: []
`
const database = await createTestDatabase()
await database.query(
  'CREATE TABLE bookings (id bigint PRIMARY KEY, status text, note text, pin text, n numeric)',
)
await database.query('CREATE TABLE pins (id bigint PRIMARY KEY, pin text)')
await installTables(database, yaml)

const changes = 400
const rows = 12

/** What must be in nobody's hands: every pin, and the note that a row has while it is hidden. */
const canary = /unseen-\d+|pin-\d+/

/** Random writes, moves in and out of sight and of keys, and deletes, several to a transaction. */
async function write(seed: number): Promise<void> {
  const random = createRandom(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  let statements: string[] = []
  for (let n = 1; n <= changes; n++) {
    const id = 1 + below(rows)
    const status = ['OPEN', 'PAID', 'HIDDEN'][below(3)]
    const values = `'${status}', '${status === 'HIDDEN' ? 'unseen' : 'seen'}-${n}', 'pin-${n}', ${below(9)}.50`
    const put = `INSERT INTO bookings VALUES (${id}, ${values}) ON CONFLICT (id) DO UPDATE
      SET (status, note, pin, n) = (EXCLUDED.status, EXCLUDED.note, EXCLUDED.pin, EXCLUDED.n)`
    const others = [
      `DELETE FROM bookings WHERE id = ${id}`,
      `UPDATE bookings SET pin = 'pin-${n}' WHERE id = ${id}`,
      `UPDATE bookings SET id = id + ${rows} WHERE id = ${id}
        AND NOT EXISTS (SELECT FROM bookings WHERE id = ${id + rows})`,
      `INSERT INTO pins VALUES (${n}, 'pin-${n}')`,
    ]
    statements.push(others[below(10)] ?? put)
    if (below(3) > 0 && n < changes) continue
    await database.query(`BEGIN; ${statements.join('; ')}; COMMIT`)
    statements = []
  }
}

/** The table as a client has it that puts, replaces and removes rows as events say. */
function tableOf(client: RawClient): ReadonlyMap<string, unknown> {
  const table = new Map<string, unknown>()
  for (const { message_type, data } of client.messages) {
    const { event_type, table: name, id, transition } = data
    if (message_type !== 'realtime_event' || name !== 'bookings' || event_type === 'MOVED') continue
    const old = data['old_data'] as { readonly id: unknown } | undefined
    if (old !== undefined) table.delete(String(old.id))
    if (event_type === 'DELETE' || transition === 'leave') table.delete(String(id))
    else table.set(String(id), data['data'])
  }
  return table
}

test('what a client makes of the events is what a query for it would return, and no canary leaves', async () => {
  const hub = await openTestDaemon(database.url, yaml)
  const live = await hub.register()
  const cursor = live.registered['cursor']
  const seed = Date.now()
  await write(seed)
  await database.query(`SELECT rtbridge.publish('END', '{}'::jsonb)`)
  const isEnd = ({ data }: { readonly data: object }) => 'event_type' in data && data.event_type === 'END'
  await live.next(isEnd)
  const resumed = await hub.register({ resume: cursor })
  await resumed.next(isEnd)
  const probing = await hub.register({
    resume: cursor,
    subscriptions: [
      { id: 'pin', tables: ['bookings'], where: 'new.pin != "" || old.pin != ""' },
      { id: 'unseen', where: 'new.status == "HIDDEN" || old.status == "HIDDEN"' },
      { id: 'end', events: ['END'] },
    ],
  })
  await probing.next(isEnd)
  const query = `SELECT id::text, to_jsonb(b) - 'pin' AS row FROM bookings b WHERE status <> 'HIDDEN' ORDER BY b.id`
  const { rows: expected } = await database.query(query)
  expect(expected.length, `seed ${seed}`).toBeGreaterThan(0)
  for (const client of [live, resumed]) {
    const table = [...tableOf(client)].sort(([a], [b]) => Number(a) - Number(b))
    expect(table, `seed ${seed}`).toEqual(expected.map(({ id, row }) => [id, row]))
  }
  const health = await (await fetch(`http://127.0.0.1:${hub.daemon.port}/health`)).text()
  for (const text of [JSON.stringify([live.messages, resumed.messages]), hub.log.join('\n'), health]) {
    expect(text.match(canary), `seed ${seed}`).toBeNull()
  }
  expect(probing.messages.filter(({ message_type }) => message_type === 'realtime_event')).toHaveLength(1)
})

test('a policy that hides the key closes the table, and the log says why', async () => {
  const hub = await openTestDaemon(
    database.url,
    yaml.replace('[{ where: "new.status != \'HIDDEN\'", hide: [pin] }]', '[{ hide: [id] }]'),
  )
  const client = await hub.register()
  await database.query(`INSERT INTO bookings VALUES (1000, 'OPEN', 'a', 'b', 1)`)
  await database.query(`SELECT rtbridge.publish('END', '{}'::jsonb)`)
  const { data } = await client.next('realtime_event')
  expect(data['event_type']).toBe('END')
  expect(hub.log.filter(line => line.includes('RTB_POLICY_HIDES_KEY'))).toHaveLength(1)
})
