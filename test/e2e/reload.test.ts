import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createKey, hashKey } from '../../src/access/shared-keys.ts'
import { openTestDaemon, type TestDaemon, testConfig } from '../support/daemon-fixture.ts'
import { connectRawClient, type RawClient } from '../support/raw-client.ts'
import { scrape } from '../support/scrape.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

const rules = (name: string) => `tables: { orders: { events: { ${name}: { on: insert } } } }\n`
const database = await createTestDatabase()
await database.query('CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric, pin text)')
await installTables(database, rules('MADE'))

let lastId = 0
/** Writes a row; gives its id. */
async function insert(): Promise<string> {
  const id = String(++lastId)
  await database.query(`INSERT INTO orders VALUES (${id}, 1.50, 'secret')`)
  return id
}

async function eventTypes(client: RawClient, id: string): Promise<unknown[]> {
  const ofRow = () =>
    client.messages.filter(({ data }) => data['id'] === id).map(({ data }) => data['event_type'])
  await waitFor(() => ofRow().length === 2)
  return ofRow()
}

function reload(hub: TestDaemon, yaml: string): Promise<void> {
  return hub.daemon.reload(testConfig(database.url, yaml))
}

describe('a reload', () => {
  test('brings events of new rules on an old connection', async () => {
    const hub = await openTestDaemon(database.url, rules('MADE'))
    const client = await hub.register()
    expect(await eventTypes(client, await insert())).toEqual(['INSERT', 'MADE'])
    const before = hub.daemon.status().rules
    await reload(hub, rules('TAKEN'))
    expect(await eventTypes(client, await insert())).toEqual(['INSERT', 'TAKEN'])
    expect(hub.daemon.status().rules).not.toBe(before)
    expect(client.closed).toBeNull()
  })

  test('under traffic loses no event, doubles none and maps none by two rules', async () => {
    const hub = await openTestDaemon(database.url, rules('RULE_0'))
    const client = await hub.register()
    const ids: string[] = []
    for (let n = 1; n <= 40; n++) {
      ids.push(await insert())
      if (n % 4 === 0) await reload(hub, rules(`RULE_${n}`))
    }
    for (const id of ids)
      expect(await eventTypes(client, id)).toEqual(['INSERT', expect.stringMatching(/^RULE_/)])
    expect(client.closed).toBeNull()
  })

  test('of bad rules changes nothing at all', async () => {
    const hub = await openTestDaemon(database.url, rules('MADE'))
    const client = await hub.register()
    const bad = testConfig(database.url, `${rules('TAKEN')}policies: { tables: { orders: [] } }`)
    const table = { name: 'orders', rules: [{ where: 'new.(' }] }
    const broken = { ...bad, policies: { ...bad.policies, tables: [table] } } as unknown as typeof bad
    await expect(hub.daemon.reload(broken)).rejects.toThrow()
    expect(await eventTypes(client, await insert())).toEqual(['INSERT', 'MADE'])
  })

  test('of other rules is told to the other hubs of the database', async () => {
    const one = await openTestDaemon(database.url, rules('MADE'))
    const other = await openTestDaemon(database.url, rules('MADE'))
    await waitFor(() => other.daemon.status().hubs[0]?.same_rules === true)
    await reload(one, rules('TAKEN'))
    await waitFor(() => other.daemon.status().hubs[0]?.same_rules === false)
    await reload(other, rules('TAKEN'))
    expect(other.daemon.status()).toMatchObject({ problems: [], hubs: [{ same_rules: true }] })
  })
})

describe('what a hub counts follows a reload', () => {
  const url = (hub: TestDaemon, path: string) => `http://127.0.0.1:${hub.daemon.port}${path}`

  async function tables(hub: TestDaemon) {
    const answer = await fetch(url(hub, '/api/tables'))
    return (await answer.json()) as {
      tables: { table: string; events: number; changes: number }[]
      rules: { event_type: string; events: number; last_at: string | null }[]
    }
  }

  async function publish(hub: TestDaemon, eventType: string) {
    const answer = await fetch(url(hub, '/api/publish'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ event_type: eventType, durable: true }),
    })
    expect(answer.status).toBe(202)
  }

  const hears = (client: RawClient, eventType: string) =>
    waitFor(() => client.messages.some(({ data }) => data['event_type'] === eventType))

  test('in the metrics and in the dashboard alike, and what was counted before stays', async () => {
    const hub = await openTestDaemon(database.url, rules('MADE'))
    const client = await hub.register()
    await eventTypes(client, await insert())
    await publish(hub, 'TAKEN')
    await hears(client, 'TAKEN')
    await reload(hub, rules('TAKEN'))
    expect((await tables(hub)).rules).toMatchObject([{ event_type: 'TAKEN', events: 0, last_at: null }])
    await eventTypes(client, await insert())
    await publish(hub, 'TAKEN')
    await publish(hub, 'STRANGE')
    await hears(client, 'STRANGE')
    const counted = await scrape(hub.daemon.port)
    const events = (table: string, type: string) =>
      counted.sum('rtbridge_events_total', { table, event_type: type })
    expect([events('orders', 'MADE'), events('orders', 'TAKEN')]).toEqual([1, 1])
    // Before the reload nobody knew the name.
    expect([events('', 'TAKEN'), events('', 'other')]).toEqual([1, 2])
    const shown = await tables(hub)
    expect(shown.rules).toMatchObject([{ event_type: 'TAKEN', events: 1, last_at: expect.any(String) }])
    expect(shown.tables).toMatchObject([{ table: 'orders', changes: 2, events: 4 }])
  })
})

test('a rule that was mended fails no more in health, and one that was not does so again', async () => {
  const failing = (name: string) =>
    `tables: { orders: { events: { ${name}: { on: insert, when: 'new.nothing > 1' } } } }`
  const hub = await openTestDaemon(database.url, failing('BROKEN'))
  const client = await hub.register()
  const failed = () => hub.daemon.status().rule_failures.map(({ eventType }) => eventType)
  await insert()
  await waitFor(() => failed().length > 0)
  await reload(hub, rules('MADE'))
  await eventTypes(client, await insert())
  expect(failed()).toEqual([])
  await reload(hub, failing('BROKEN_STILL'))
  await insert()
  await waitFor(() => failed().length > 0)
  expect(failed()).toEqual(['BROKEN_STILL'])
})

describe('a reload of policies', () => {
  const policies = (clerk: string, boss = '{ roles: [boss] }') =>
    `${auth}${rules('MADE')}policies: { tables: { orders: [{ roles: [clerk]${clerk} }, ${boss}] } }\n`
  const keys = { clerk: createKey(), boss: createKey() }
  const auth = authOf({ clerk: 'clerk', boss: 'boss' })

  function authOf(roles: Partial<Record<keyof typeof keys, string>>): string {
    const list = Object.entries(roles).map(
      ([name, role]) =>
        `{ name: ${name}, hash: "${hashKey(keys[name as keyof typeof keys])}", roles: [${role}] }`,
    )
    return `auth: { mode: key, keys: [${list.join(', ')}] }\n`
  }

  async function signIn(hub: TestDaemon, name: keyof typeof keys): Promise<RawClient> {
    const client = await connectRawClient(hub.url, { headers: { authorization: `Bearer ${keys[name]}` } })
    client.send('register', { app_name: name })
    await client.next('registered')
    return client
  }

  test('ends those whose rights are others with 4005, and keeps everybody else', async () => {
    const hub = await openTestDaemon(database.url, policies(''))
    const [clerk, boss] = [await signIn(hub, 'clerk'), await signIn(hub, 'boss')]
    await reload(hub, policies(', hide: [pin]'))
    expect((await clerk.nextClose()).code).toBe(4005)
    const again = await signIn(hub, 'clerk')
    const id = await insert()
    await eventTypes(boss, id)
    await eventTypes(again, id)
    const rowOf = (client: RawClient) => client.messages.find(({ data }) => data['id'] === id)?.data['data']
    expect(rowOf(boss)).toHaveProperty('pin', 'secret')
    expect(rowOf(again)).not.toHaveProperty('pin')
    expect(boss.closed).toBeNull()
  })

  test('that say the same ends nobody', async () => {
    const hub = await openTestDaemon(database.url, policies(''))
    const clerk = await signIn(hub, 'clerk')
    await reload(hub, `# moved down\n\n${policies('')}`)
    await eventTypes(clerk, await insert())
    expect(clerk.closed).toBeNull()
  })

  test('ends the holder of a key that is gone for good, and one of other roles to come back', async () => {
    const hub = await openTestDaemon(database.url, policies(''))
    const [clerk, boss] = [await signIn(hub, 'clerk'), await signIn(hub, 'boss')]
    await reload(hub, policies('').replace(auth, authOf({ boss: 'clerk' })))
    expect((await clerk.nextClose()).code).toBe(4502)
    expect((await boss.nextClose()).code).toBe(4005)
    await expect(signIn(hub, 'clerk')).rejects.toThrow()
    await signIn(hub, 'boss')
  })

  test('takes a key in that is new', async () => {
    const hub = await openTestDaemon(database.url, policies('').replace(auth, authOf({ boss: 'boss' })))
    const boss = await signIn(hub, 'boss')
    await reload(hub, policies(''))
    await signIn(hub, 'clerk')
    expect(boss.closed).toBeNull()
  })
})

describe('a reload of what tokens are checked with', () => {
  test('ends those who signed in by another secret in the same file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rtbridge-reload-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const file = join(folder, 'secret')
    const { SignJWT } = await import('jose')
    const open = async (secret: string, url: string) => {
      const token = await new SignJWT({ roles: [] })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject('amal')
        .setExpirationTime('1h')
        .sign(new TextEncoder().encode(secret))
      const client = await connectRawClient(url, { headers: { authorization: `Bearer ${token}` } })
      client.send('register', { app_name: 'desk' })
      await client.next('registered')
      return client
    }
    const [old, fresh] = ['o'.repeat(32), 'n'.repeat(32)]
    await writeFile(file, old)
    const yaml = `auth: { mode: jwt, jwt: { secret_file: "${file}", issuer: "*", audience: "*" } }\n${rules('MADE')}`
    const hub = await openTestDaemon(database.url, yaml)
    const client = await open(old, hub.url)
    await reload(hub, yaml)
    await eventTypes(client, await insert())
    await writeFile(file, fresh)
    await reload(hub, yaml)
    expect((await client.nextClose()).code).toBe(4005)
    await expect(open(old, hub.url)).rejects.toThrow()
    await open(fresh, hub.url)
  })
})

describe('a reload of rules for rooms', () => {
  test('puts members out of rooms that are not open to them any more', async () => {
    const rooms = (state: string) => `${rules('MADE')}rooms: { default: ${state} }\n`
    const hub = await openTestDaemon(database.url, rooms('allow'))
    const client = await hub.register()
    client.send('join', { room: 'office' })
    await client.next('joined')
    await reload(hub, rooms('deny'))
    const left = await client.next('left')
    expect(left.data).toEqual({ room: 'office', reason: 'denied' })
    expect(client.closed).toBeNull()
  })
})
