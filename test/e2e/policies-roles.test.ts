import { SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { createRandom } from '../../src/demo/seeded-random.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import type { RawClient } from '../support/raw-client.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { installTables } from '../support/wasla-database.ts'

const secret = 'a secret of the test, long enough for HS256'
const yaml = `
auth:
  mode: jwt
  jwt: { secret: "${secret}", issuer: "*", audience: "*", claims: { tenant: firm } }
tables:
  orders:
    events:
      PAID: { on: update, when: "old.paid != new.paid", data: { note: new.note, pin: new.pin } }
policies:
  default: deny
  tables:
    orders:
      - roles: clerk
      - { roles: customer, where: "new.owner == auth.sub", hide: [pin] }
      - { roles: agency, tenant: firm, hide: [pin, note] }
      - { roles: kiosk, deny: true }
  events:
    END: [{}]
    PAID: [{ roles: [clerk, customer] }]
`

const owners = ['u1', 'u2']
const firms = ['f1', 'f2']

const agency = (firm: string) => `WHEN firm = '${firm}' THEN to_jsonb(o) - '{pin,note}'::text[]`
const customer = (user: string) => `WHEN owner = '${user}' THEN to_jsonb(o) - 'pin'`

/** Somebody, what a query would make of each row for him, and what he must never hold. */
const desks = [
  { token: { sub: 'c', roles: ['clerk'] }, row: 'WHEN true THEN to_jsonb(o)', never: /never/ },
  { token: { sub: 'u1', roles: ['customer'] }, row: customer('u1'), never: /note-u2|pin-/ },
  { token: { sub: 'u2', roles: ['customer'] }, row: customer('u2'), never: /note-u1|pin-/ },
  { token: { sub: 'a', roles: ['agency'], firm: 'f1' }, row: agency('f1'), never: /note-|pin-|"f2"|PAID/ },
  {
    token: { sub: 'u1', roles: ['customer', 'agency'], firm: 'f2' },
    row: `${customer('u1')} ${agency('f2')}`,
    never: /note-u2|pin-/,
  },
  { token: { sub: 'k', roles: ['clerk', 'kiosk'] }, row: 'WHEN false THEN null', never: /note-|pin-|orders/ },
  { token: { sub: 'g', roles: ['guest'] }, row: 'WHEN false THEN null', never: /note-|pin-|orders/ },
]

const database = await createTestDatabase()
await database.query(
  'CREATE TABLE orders (id int PRIMARY KEY, owner text, firm text, note text, pin text, paid boolean)',
)
await installTables(database, yaml)

/** Orders come, go, are paid and change hands, several changes to a transaction. */
async function write(seed: number, changes: number): Promise<void> {
  const random = createRandom(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  let statements: string[] = []
  for (let n = 1; n <= changes; n++) {
    const id = 1 + below(15)
    const [owner, firm] = [owners[below(2)], firms[below(2)]]
    const values = `'${owner}', '${firm}', 'note-${owner}-${n}', 'pin-${n}', ${below(2) === 0}`
    const put = `INSERT INTO orders VALUES (${id}, ${values}) ON CONFLICT (id) DO UPDATE
      SET (owner, firm, note, pin, paid) = (EXCLUDED.owner, EXCLUDED.firm, EXCLUDED.note, EXCLUDED.pin, EXCLUDED.paid)`
    const others = [
      `DELETE FROM orders WHERE id = ${id}`,
      `UPDATE orders SET pin = 'pin-${n}' WHERE id = ${id}`,
      `UPDATE orders SET paid = NOT paid WHERE id = ${id}`,
    ]
    statements.push(others[below(9)] ?? put)
    if (below(3) > 0 && n < changes) continue
    await database.query(`BEGIN; ${statements.join('; ')}; COMMIT`)
    statements = []
  }
  await database.query(`SELECT rtbridge.publish('END', '{}'::jsonb)`)
}

function tokenOf(claims: object): Promise<string> {
  const signing = new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('1h')
  return signing.sign(new TextEncoder().encode(secret))
}

/** Rows as a client has them that puts and removes them as the table's events say. */
function rowsOf(client: RawClient): readonly unknown[] {
  const rows = new Map<number, unknown>()
  for (const { message_type, data } of client.messages) {
    const { event_type, table, id, transition } = data
    if (message_type !== 'realtime_event' || table !== 'orders' || event_type === 'PAID') continue
    if (event_type === 'DELETE' || transition === 'leave') rows.delete(Number(id))
    else rows.set(Number(id), data['data'])
  }
  return [...rows].sort(([a], [b]) => a - b).map(([, row]) => row)
}

test('each role, owner and tenant has exactly the rows and columns it may see, live and resumed', async () => {
  const hub = await openTestDaemon(database.url, yaml)
  const tokens = await Promise.all(desks.map(({ token }) => tokenOf(token)))
  const live = await Promise.all(tokens.map(token => hub.register({ token })))
  const seed = Date.now()
  await write(seed, 400)
  const isEnd = ({ data }: { readonly data: object }) => 'event_type' in data && data.event_type === 'END'
  await Promise.all(live.map(client => client.next(isEnd)))
  const resumed = await Promise.all(
    live.map(({ registered }, index) => hub.register({ token: tokens[index], resume: registered['cursor'] })),
  )
  await Promise.all(resumed.map(client => client.next(isEnd)))
  for (const [index, { token, row, never }] of desks.entries()) {
    const { rows } = await database.query(`SELECT CASE ${row} END AS row FROM orders o ORDER BY id`)
    const expected = rows.map(each => each['row']).filter(each => each !== null)
    for (const client of [live[index], resumed[index]]) {
      const about = `seed ${seed}, ${JSON.stringify(token)}`
      if (client === undefined) throw new Error(about)
      expect(rowsOf(client), about).toEqual(expected)
      expect(JSON.stringify(client.messages).match(never), about).toBeNull()
    }
  }
  expect(hub.log.filter(line => /note-u|pin-\d/.test(line))).toEqual([])
})
