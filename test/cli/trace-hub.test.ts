import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { openTcpFaultProxy } from '../support/tcp-fault-proxy.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'
import { createFolder } from './run-cli.ts'
import { runTrace, trace, withSessionOf } from './trace-support.ts'

const yaml = `
tables:
  bookings:
    exclude: [pin_code]
    events:
      BOOKED: { on: insert }
      CANCELLED: { on: update, when: "old.status != 'GONE' && new.status == 'GONE'" }
      ODD: { on: update, when: new.nothing == 1 }
      SEATED: { on: insert, rooms: ["room:{new.room}"] }
`
const database = await createTestDatabase()
await database.query('CREATE TABLE bookings (id int PRIMARY KEY, status text, room int, pin_code text)')
await installTables(database, yaml)
let nextId = 1

/** A booking, as events name it. */
async function book(status = 'OPEN', room: number | null = null): Promise<string> {
  const id = String(nextId++)
  await database.query(`INSERT INTO bookings VALUES ($1, $2, $3, 's3cret')`, [id, status, room])
  return id
}

/** A hub that is live, and how it is asked. */
async function openHub(rules = yaml, env: Readonly<Record<string, string>> = {}) {
  const hub = await openTestDaemon(database.url, rules)
  await hub.daemon.live
  return { ...hub, call: { database, yaml: rules, port: hub.daemon.port, env } }
}

test('a change that a client got is delivered, and the others say what keeps it from them', async () => {
  const hub = await openHub()
  const desk = await hub.register({ app_name: 'desk' })
  await hub.register({ app_name: 'board', subscriptions: [{ id: 'gone', where: 'new.status == "GONE"' }] })
  await hub.register({ app_name: 'lists', subscriptions: [{ id: 't', tables: ['other'] }] })
  const id = await book()
  await desk.next('realtime_event')
  const answer = await trace(hub.call, 'bookings', id)
  expect(answer).toMatchObject({ code: 0, state: 'delivered', at: null, key: [id] })
  expect(answer.summary).toBe('it was given to 1 of 3 clients')
  const [first, second, third] = answer.step('clients').details
  expect(first).toMatch(
    /^desk \(127\.0\.0\.1, connection \w+\): given to its socket: INSERT \(default\), BOOKED/,
  )
  expect(second).toContain('not for it: INSERT: gone filters by where; BOOKED: gone filters by where')
  expect(third).toContain('INSERT: t filters by tables')
  expect(answer.steps.map(({ name, state }) => `${name} ${state}`)).toEqual([
    'table ok',
    'triggers ok',
    'transaction ok',
    'journal ok',
    'hub ok',
    'read ok',
    'durability ok',
    'rules ok',
    'access ok',
    'clients ok',
  ])
  expect(answer.stdout).not.toContain('s3cret')
  const { stdout } = await runTrace(hub.call, 'bookings', id)
  expect(stdout).toMatch(/^delivered: it was given to 1 of 3 clients\nbookings \d+: INSERT at /)
  expect(stdout).toMatch(/\nok {7}journal {6}1 change, the newest INSERT at .*, seq \d+, tx \d+\n/)
  expect(stdout).not.toContain('s3cret')
})

describe('the hub', () => {
  test('that does not answer leaves it unknown, and the rules are tried all the same', async () => {
    const { code, state, at, step } = await trace({ database, yaml }, 'bookings', await book())
    expect({ code, state, at }).toEqual({ code: 5, state: 'unknown', at: 'hub' })
    expect(step('hub').found).toMatch(/^no hub answers at 127\.0\.0\.1:1: /)
    expect(['read', 'durability', 'clients'].map(name => step(name).state)).toEqual(Array(3).fill('skipped'))
    expect(step('rules').found).toBe('INSERT, BOOKED, SEATED made of it')
  })

  test('that reads another database is where it ends', async () => {
    const other = await createOther()
    const hub = await openTestDaemon(other.url)
    await hub.daemon.live
    const answer = await trace({ database, yaml, port: hub.daemon.port }, 'bookings', await book())
    expect(answer).toMatchObject({ state: 'dropped', at: 'hub' })
    expect(answer.summary).toContain('reads another database')
  })

  test('that has lost its database is where it waits', async () => {
    const { hostname, port } = new URL(database.url)
    const proxy = await openTcpFaultProxy({ host: hostname, port: Number(port) })
    const url = new URL(database.url)
    url.host = `127.0.0.1:${proxy.port}`
    const hub = await openTestDaemon(url.href, yaml)
    await hub.daemon.live
    proxy.setMode({ kind: 'blackhole' })
    proxy.reset()
    await waitFor(() => hub.daemon.status().state === 'stale')
    const answer = await trace({ database, yaml, port: hub.daemon.port }, 'bookings', await book())
    expect(answer).toMatchObject({ state: 'waiting', at: 'hub' })
    expect(answer.summary).toContain('gives nothing out since')
    expect(answer.step('read')).toMatchObject({ state: 'waiting' })
    proxy.setMode({ kind: 'pass' })
    proxy.reset()
  })

  test('is named with --url, too', async () => {
    const hub = await openHub()
    const url = `ws://127.0.0.1:${hub.daemon.port}`
    const { step } = await trace({ database, yaml }, 'bookings', await book(), '--url', url)
    expect(step('hub').found).toBe(`live at ${url}`)
  })
})

describe('the rules', () => {
  test('that did not make the event that was missed are where it ends, with the values', async () => {
    const hub = await openHub()
    const id = await book('GONE')
    await database.query(`UPDATE bookings SET room = 5 WHERE id = $1`, [id])
    const { state, at, summary } = await trace(hub.call, 'bookings', id, '--event', 'CANCELLED')
    expect({ state, at }).toEqual({ state: 'dropped', at: 'rules' })
    expect(summary).toBe(
      `the rule CANCELLED did not fire: old.status != 'GONE' is false: old.status is "GONE"`,
    )
  })

  test('that fail are told, with the reason', async () => {
    const id = await book()
    await database.query(`UPDATE bookings SET status = 'GONE' WHERE id = $1`, [id])
    const { step } = await trace({ database, yaml }, 'bookings', id)
    expect(step('rules')).toMatchObject({ state: 'warning', found: 'UPDATE, CANCELLED made of it' })
    expect(step('rules').details.join('\n')).toMatch(/^ODD failed: when: .*no column "nothing"/m)
  })

  test('of the hub may be others than those of the file', async () => {
    const hub = await openHub(yaml.replace('BOOKED: { on: insert }', 'BOOKED: { on: delete }'))
    const desk = await hub.register()
    const id = await book()
    await desk.next('realtime_event')
    const { step } = await trace({ ...hub.call, yaml }, 'bookings', id)
    expect(step('rules')).toMatchObject({ state: 'warning' })
    expect(step('rules').details).toContain(
      'the hub runs by other rules than this file: it made INSERT, SEATED',
    )
  })
})

describe('the policies', () => {
  test('that show it to nobody are where it ends', async () => {
    const rules = `${yaml}policies: { tables: { bookings: [] } }\n`
    const { state, at, step } = await trace({ database, yaml: rules }, 'bookings', await book())
    expect({ state, at }).toEqual({ state: 'dropped', at: 'access' })
    expect(step('access').details[0]).toContain('policies: others: nothing')
  })

  test('and rooms without a name, too', async () => {
    const { at, step } = await trace({ database, yaml }, 'bookings', await book(), '--event', 'SEATED')
    expect(at).toBe('access')
    expect(step('access').details).toEqual(['SEATED: to nobody: none of its rooms has a name on this row'])
  })
})

describe('the clients', () => {
  test('that are not there are where it ends', async () => {
    const hub = await openHub()
    const { state, at, summary } = await trace(hub.call, 'bookings', await book(), '--wait', '0.1')
    expect({ state, at }).toEqual({ state: 'waiting', at: 'journal' })
    expect(summary).toContain('nobody has changed the row within 0.1 s')
    const id = await book()
    await waitFor(async () => (await trace(hub.call, 'bookings', id)).at === 'clients')
    expect((await trace(hub.call, 'bookings', id)).summary).toBe('nobody is connected to this hub')
  })

  test('for none of which it is are where it ends', async () => {
    const hub = await openHub()
    await hub.register({ app_name: 'far', subscriptions: [{ id: 'x', events: ['OTHER'] }] })
    const listener = await hub.register({ app_name: 'near' })
    const id = await book('OPEN', 7)
    await listener.next('realtime_event')
    const { at, step } = await trace(hub.call, 'bookings', id, '--event', 'SEATED')
    expect(at).toBe('clients')
    expect(step('clients').details).toEqual([
      expect.stringMatching(/^far .*: not for it: SEATED: it is in none of the rooms$/),
      expect.stringMatching(/^near .*: not for it: SEATED: it is in none of the rooms$/),
    ])
  })

  test('that came later got nothing of it, and say why', async () => {
    const hub = await openHub()
    const early = await hub.register()
    const id = await book()
    await early.next('realtime_event')
    early.close()
    await waitFor(() => (hub.daemon.status().hub as { connections: number }).connections === 0)
    await hub.register({ app_name: 'late' })
    const { state, at, summary } = await trace(hub.call, 'bookings', id)
    expect({ state, at }).toEqual({ state: 'dropped', at: 'clients' })
    expect(summary).toContain('came before the streams of 1 client begin')
  })

  test('of a hub that was started since are not known to have got it', async () => {
    const id = await book()
    const hub = await openHub()
    await hub.register({ app_name: 'desk' })
    const { code, state, at, step } = await trace(hub.call, 'bookings', id)
    expect({ code, state, at }).toEqual({ code: 5, state: 'unknown', at: 'clients' })
    expect(step('clients').found).toContain(
      'the hub was started after it, and its memory does not reach back to it',
    )
    expect(step('clients').details).toEqual([expect.stringContaining('its stream begins later')])
  })

  test('are told of to admins only', async () => {
    const auth = `
auth:
  mode: key
  keys:
    - { name: boss, hash: "sha256:${digestOf('the-key-of-the-boss-0123456789abcdef')}", roles: [admin] }
    - { name: clerk, hash: "sha256:${digestOf('the-key-of-a-clerk-0123456789abcdef')}", roles: [clerk] }
policies: { tables: { bookings: [{ roles: admin }] } }
`
    const hub = await openHub(`${yaml}${auth}`)
    await hub.register({ app_name: 'desk', token: 'the-key-of-a-clerk-0123456789abcdef' })
    const id = await book()
    await waitFor(() => hub.daemon.status().cursor !== null)
    const blind = await trace(hub.call, 'bookings', id)
    expect(blind.step('clients')).toMatchObject({ state: 'skipped' })
    expect(blind.step('clients').found).toContain('RTB_AUTH_REQUIRED')
    const file = join(await createFolder(), 'key')
    await writeFile(file, 'the-key-of-a-clerk-0123456789abcdef\n')
    const clerk = await trace(hub.call, 'bookings', id, '--token-file', file)
    expect(clerk.step('clients').found).toContain('RTB_HTTP_ADMIN')
    const env = { RTBRIDGE_TOKEN: 'the-key-of-the-boss-0123456789abcdef' }
    await waitFor(async () => (await trace({ ...hub.call, env }, 'bookings', id)).step('read').state === 'ok')
    const boss = await trace({ ...hub.call, env }, 'bookings', id)
    expect(boss.at).toBe('clients')
    expect(boss.step('clients').details).toEqual([
      expect.stringMatching(/^desk of clerk .*: not for it: INSERT: policies show it nothing of it/),
    ])
  })
})

async function createOther() {
  const name = `${database.name}_other`
  await database.query(`CREATE DATABASE ${name}`)
  onTestFinished(async () => {
    await database.query(`DROP DATABASE ${name} WITH (FORCE)`)
  })
  const url = new URL(database.url)
  url.pathname = `/${name}`
  await withSessionOf({ url: url.href }, query => query('CREATE TABLE bookings (id int PRIMARY KEY)'))
  await installTables({ url: url.href }, 'tables: { bookings: {} }')
  return { url: url.href }
}

function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}
