import { expect, test } from 'vitest'
import { createKey, hashKey } from '../../src/access/shared-keys.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { connectRawClient } from '../support/raw-client.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

const yaml = 'tables: { item: {} }'
const database = await createTestDatabase()
await database.query('CREATE TABLE item (id int PRIMARY KEY)')
await installTables(database, yaml)

const note = (key: string, data: unknown = 1) => ({
  event_type: 'NOTE',
  data,
  durable: true,
  idempotency_key: key,
})

/** The text of a `custom_event` that is to be acknowledged. */
const frame = (data: object, id: string) =>
  JSON.stringify({ message_type: 'custom_event', data, message_id: id })

/** How many events with these data the journal holds. */
async function stored(data: unknown): Promise<number> {
  const { rows } = await database.query(
    `SELECT FROM rtbridge.journal WHERE op = 'P' AND new_row -> 'data' = $1::jsonb`,
    [JSON.stringify(data)],
  )
  return rows.length
}

async function post(port: number, body: object): Promise<{ status: number; event_id: string }> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`http://127.0.0.1:${port}/api/publish`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  return { status: answer.status, ...((await answer.json()) as { event_id: string }) }
}

test('a hundred repeats at once, at two hubs and on both ways, are one event, and each is acknowledged', async () => {
  const hubs = [await openTestDaemon(database.url, yaml), await openTestDaemon(database.url, yaml)]
  const [witness] = await Promise.all(hubs.map(hub => hub.register({ client_id: 'witness' })))
  const senders = await Promise.all(
    Array.from({ length: 10 }, (_, n) => hubs[n % 2]?.register({ client_id: 'desk' })),
  )
  const answers: Promise<unknown>[] = []
  for (const [at, sender] of senders.entries()) {
    for (let n = 0; n < 8; n++) sender?.sendRaw(frame(note('k', 'both ways'), `m${n}`))
    const port = hubs[at % 2]?.daemon.port ?? 0
    for (let n = 0; n < 2; n++) answers.push(post(port, { ...note('k', 'both ways'), client_id: 'desk' }))
    for (let n = 0; n < 8; n++) {
      const isAck = (message: { message_type: string; data: Readonly<Record<string, unknown>> }) =>
        message.message_type === 'ack' && message.data['in_reply_to'] === `m${n}`
      // Not `next`: one that looks for a later one would skip it.
      answers.push(waitFor(() => sender?.messages.some(isAck)))
    }
  }
  expect(await Promise.all(answers)).toHaveLength(100)
  expect(await stored('both ways')).toBe(1)
  senders[0]?.send('custom_event', { event_type: 'LAST', durable: true })
  await witness?.next(({ data }) => data['event_type'] === 'LAST')
  const events = witness?.messages.filter(message => message.message_type === 'realtime_event') ?? []
  expect(events.map(({ data }) => [data['event_type'], data['data']])).toEqual([
    ['NOTE', 'both ways'],
    ['LAST', null],
  ])
  const id = events[0]?.data['event_id']
  for (const answer of await Promise.all(answers.filter((_, at) => at % 10 < 2))) {
    expect(answer).toEqual({ status: 202, event_id: id })
  }
  expect(
    senders.flatMap(sender => sender?.messages ?? []).map(message => message.message_type),
  ).not.toContain('error')
})

test('who loses the connection before the answer came sends again at another hub, and it is one event', async () => {
  const [one, other] = [await openTestDaemon(database.url, yaml), await openTestDaemon(database.url, yaml)]
  for (let turn = 0; turn < 10; turn++) {
    const data = `turn ${turn}`
    const first = await one.register({ client_id: 'desk' })
    first.sendRaw(frame(note(data, data), 'm'))
    // With some turns the hub has stored it by then, with others it has not read it yet.
    if (turn % 2 === 1) await waitFor(async () => (await stored(data)) === 1)
    first.socket.terminate()
    const second = await other.register({ client_id: 'desk' })
    second.sendRaw(frame(note(data, data), 'again'))
    await second.next('ack')
  }
  await one.daemon.close()
  const counts = await Promise.all(Array.from({ length: 10 }, (_, turn) => stored(`turn ${turn}`)))
  expect(counts).toEqual(Array.from({ length: 10 }, () => 1))
})

test('whatever breaks between two hubs that store the same, nothing acknowledged is missing and nothing is there twice', async () => {
  const hubs = [await openTestDaemon(database.url, yaml), await openTestDaemon(database.url, yaml)]
  const keys = Array.from({ length: 40 }, (_, n) => `broken ${n}`)
  let isOver = false
  const breaking = (async () => {
    for (let round = 0; !isOver; round++) {
      const stop = round % 2 === 0 ? 'pg_cancel_backend' : 'pg_terminate_backend'
      await database.query(
        `SELECT ${stop}(pid) FROM pg_stat_activity WHERE datname = current_database()
         AND application_name LIKE 'rtbridge%' AND query LIKE '%publish_once%' AND state <> 'idle'`,
      )
    }
  })()
  const sendUntilStored = async (port: number, key: string) => {
    for (;;) {
      const { status } = await post(port, { ...note(key, key), client_id: 'desk' })
      if (status === 202) return
    }
  }
  for (const key of keys) {
    await Promise.all([0, 1, 0, 1, 0, 1].map(at => sendUntilStored(hubs[at]?.daemon.port ?? 0, key)))
  }
  isOver = true
  await breaking
  expect(await Promise.all(keys.map(stored))).toEqual(keys.map(() => 1))
})

test('the same key of different senders is two events, and of one sender two keys are', async () => {
  const hub = await openTestDaemon(database.url, yaml)
  for (const id of ['a', 'b', 'a']) {
    const client = await hub.register({ client_id: id })
    client.sendRaw(frame(note('same', 'senders'), 'm'))
    await client.next('ack')
  }
  expect(await stored('senders')).toBe(2)
  await post(hub.daemon.port, note('same', 'senders'))
  await post(hub.daemon.port, { ...note('same', 'senders'), client_id: 'b' })
  expect(await stored('senders')).toBe(3)
  await post(hub.daemon.port, note('another', 'senders'))
  expect(await stored('senders')).toBe(4)
})

test('a key belongs to the user, whatever app he sends with, and nobody can use up that of another', async () => {
  const [salma, zoe] = [createKey(), createKey()]
  const keys = `{ name: salma, hash: "${hashKey(salma)}" }, { name: zoe, hash: "${hashKey(zoe)}" }`
  const auth = `${yaml}\nauth: { mode: key, keys: [${keys}] }`
  const [one, other] = [await openTestDaemon(database.url, auth), await openTestDaemon(database.url, auth)]
  const send = async (url: string, key: string, clientId: string) => {
    const client = await connectRawClient(url, { headers: { authorization: `Bearer ${key}` } })
    client.send('register', { app_name: 'test', client_id: clientId })
    await client.next('registered')
    client.sendRaw(frame(note('order 7', 'users'), 'm'))
    await client.next('ack')
  }
  await send(one.url, zoe, 'salma')
  expect(await stored('users')).toBe(1)
  await send(one.url, salma, 'phone')
  await send(other.url, salma, 'desk')
  expect(await stored('users')).toBe(2)
})

test('a key promises nothing for what is not stored, and is refused there', async () => {
  const { daemon, register } = await openTestDaemon(database.url, yaml)
  const client = await register()
  client.send('custom_event', { event_type: 'NOTE', idempotency_key: 'k' })
  expect((await client.next('error')).data).toMatchObject({
    code: 'RTB_MESSAGE_INVALID',
    message: expect.stringContaining('idempotency_key'),
  })
  expect(await post(daemon.port, { event_type: 'NOTE', idempotency_key: 'k' })).toMatchObject({
    status: 400,
    code: 'RTB_HTTP_BODY',
  })
  for (const key of ['', 'x'.repeat(201)]) {
    client.send('custom_event', note(key))
    expect((await client.next('error')).data).toMatchObject({ code: 'RTB_MESSAGE_INVALID' })
  }
})

test('a hub forgets keys past retention by itself', async () => {
  await database.query(`INSERT INTO rtbridge.publish_key (digest, at)
    SELECT sha256(n::text::bytea), now() - interval '25 hours' FROM generate_series(1, 6000) n`)
  const { daemon } = await openTestDaemon(database.url, yaml)
  await daemon.live
  const left = async () =>
    (
      await database.query(
        `SELECT FROM rtbridge.publish_key WHERE at < now() - interval '24 hours 1 minute' LIMIT 1`,
      )
    ).rows.length
  await waitFor(async () => (await left()) === 0)
})
