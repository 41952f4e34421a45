import { expect, test } from 'vitest'
import * as z from 'zod'
import { createAsyncApiDocument } from '../../src/protocol/asyncapi.ts'
import { createOpenApiDocument } from '../../src/protocol/openapi.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { openSseClient } from '../support/sse-client.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

const yaml = `
tables:
  booking:
    channel: bookings
    events:
      BOOKING_CREATED: { on: insert, rooms: ["to:{new.destination}"] }
      BOOKING_PAID: { on: update, when: "new.paid && !old.paid", data: { id: new.id }, priority: high }
hub: { allow_origins: [none, "https://app.example"] }
`
const database = await createTestDatabase()
await database.query('CREATE TABLE booking (id int PRIMARY KEY, destination text, price numeric, paid bool)')
await installTables(database, yaml)

const insert = (id: number) => database.query(`INSERT INTO booking VALUES (${id}, 'sfax', 10.10, false)`)

interface Described {
  readonly components: {
    readonly messages: Readonly<Record<string, { readonly payload: Readonly<Record<string, unknown>> }>>
  }
}

test('a row reaches an event stream with what PostgreSQL printed, as table event and business event', async () => {
  const { daemon, log } = await openTestDaemon(database.url, yaml)
  const address = `http://127.0.0.1:${daemon.port}`
  const client = await openSseClient(`${address}/events?rooms=to:sfax`)
  const all = await openSseClient(`${address}/events?tables=booking&events=INSERT`)
  await client.next('registered')
  await all.next('registered')
  await insert(1)
  const created = await client.next('BOOKING_CREATED')
  expect(JSON.parse(created.data)).toMatchObject({ table: 'booking', id: '1', op: 'INSERT' })
  expect((await all.next('INSERT')).data).toContain('"price": 10.10')
  expect(client.blocks.map(({ name }) => name)).not.toContain('INSERT')
  expect(log.join('')).not.toContain('"level":50')
})

test('an event stream goes on at another hub where it was cut', async () => {
  const [one, other] = [await openTestDaemon(database.url, yaml), await openTestDaemon(database.url, yaml)]
  const at = ({ daemon }: typeof one) => `http://127.0.0.1:${daemon.port}/events?events=INSERT`
  const first = await openSseClient(at(one))
  await first.next('registered')
  await insert(10)
  await first.next('checkpoint')
  await one.daemon.close()
  await waitFor(() => first.isClosed)
  await insert(11)
  await insert(12)
  const second = await openSseClient(at(other), { 'last-event-id': first.lastEventId })
  await insert(13)
  await waitFor(() => second.blocks.filter(({ name }) => name === 'INSERT').length >= 3)
  const ids = second.blocks.filter(({ name }) => name === 'INSERT').map(({ data }) => JSON.parse(data).id)
  expect(ids).toEqual(['11', '12', '13'])
})

test('an event stream of several subscriptions goes on at another hub, each event with those it matched', async () => {
  const [one, other] = [await openTestDaemon(database.url, yaml), await openTestDaemon(database.url, yaml)]
  const subscriptions = [
    { id: 'cheap', tables: ['booking'], events: ['INSERT'], where: 'new.price < 5' },
    { id: 'all', events: ['INSERT'] },
  ]
  const query = `subscriptions=${encodeURIComponent(JSON.stringify(subscriptions))}`
  const at = ({ daemon }: typeof one) => `http://127.0.0.1:${daemon.port}/events?${query}`
  const first = await openSseClient(at(one))
  await first.next('registered')
  await insert(20)
  expect(JSON.parse((await first.next('INSERT')).data)).toMatchObject({ id: '20', subscriptions: ['all'] })
  await first.next('checkpoint')
  await one.daemon.close()
  await database.query(`INSERT INTO booking VALUES (21, 'sfax', 4.50, false)`)
  const second = await openSseClient(at(other), { 'last-event-id': first.lastEventId })
  expect(JSON.parse((await second.next('INSERT')).data)).toMatchObject({
    id: '21',
    transition: 'enter',
    subscriptions: ['cheap', 'all'],
  })
})

test('what is published over HTTP comes with the id that was answered, and stands in the history', async () => {
  const { daemon } = await openTestDaemon(database.url, yaml)
  const address = `http://127.0.0.1:${daemon.port}`
  const client = await openSseClient(`${address}/events`)
  const start = JSON.parse((await client.next('registered')).data).cursor
  const body = JSON.stringify({ event_type: 'NOTE', data: { text: 'hello' }, durable: true })
  const headers = { 'content-type': 'application/json' }
  const published = await fetch(`${address}/api/publish`, { method: 'POST', headers, body })
  const { event_id } = (await published.json()) as { event_id: string }
  expect(JSON.parse((await client.next('NOTE')).data)).toMatchObject({ event_id, data: { text: 'hello' } })
  const tested = await fetch(`${address}/api/test-event`, { method: 'POST' })
  const test = (await tested.json()) as { event_id: string }
  expect(JSON.parse((await client.next('RTBRIDGE_TEST')).data)).toMatchObject(test)
  const page = await (await fetch(`${address}/api/events?cursor=${start}`)).json()
  const found = (page as { events: { event_id: string }[] }).events.map(event => event.event_id)
  expect(found).toEqual([event_id, test.event_id])
})

test('pages of the history hold what the journal holds, in order, from before the hub started', async () => {
  const before = await openTestDaemon(database.url, yaml)
  const { registered } = await before.register()
  for (let id = 100; id < 130; id++) await insert(id)
  await database.query('UPDATE booking SET paid = true WHERE id >= 100')
  await before.daemon.close()
  const { daemon } = await openTestDaemon(database.url, yaml)
  await daemon.live
  const seen: string[] = []
  for (let cursor = String(registered['cursor']), more = true; more; ) {
    const query = `cursor=${cursor}&limit=7&events=INSERT,UPDATE,BOOKING_PAID`
    const answer = await fetch(`http://127.0.0.1:${daemon.port}/api/events?${query}`)
    const page = (await answer.json()) as { events: { event_id: string }[]; cursor: string; more: boolean }
    expect(page.events.length).toBeLessThanOrEqual(7)
    seen.push(...page.events.map(event => event.event_id))
    ;({ cursor, more } = page)
  }
  expect([seen.length, new Set(seen).size]).toEqual([90, 90])
})

test('what a hub sends is what its documents say', async () => {
  const { daemon, register } = await openTestDaemon(database.url, yaml)
  const { messages: described } = (createAsyncApiDocument() as unknown as Described).components
  const schemaOf = (name: string) => z.fromJSONSchema(described[name]?.payload ?? false)
  const client = await register({ batch: false, subscriptions: [{ id: 'all', where: 'new.id > 200' }] })
  const batches = await register({ batch: true, resume: 'v1.nonsense' })
  const stream = await openSseClient(`http://127.0.0.1:${daemon.port}/events`)
  await stream.next('registered')
  await database.query(`INSERT INTO booking VALUES (201, 'x', 1, false)`)
  await database.query('UPDATE booking SET paid = true WHERE id = 201')
  client.send('subscribe', { id: 'more', tables: ['*'] })
  client.send('join', { room: 'r' })
  client.send('leave', { room: 'r' })
  client.send('unsubscribe', { id: 'more' })
  client.sendRaw('{"message_type":"custom_event","data":{"event_type":"NOTE","data":1},"message_id":"m"}')
  client.sendRaw('nonsense')
  client.send('ping')
  await client.next('pong')
  await batches.next('events')
  await stream.next('BOOKING_PAID')
  await daemon.close('restart')
  await waitFor(() => stream.isClosed && client.closed && batches.closed)
  const frames = [...client.messages, ...batches.messages]
  for (const frame of frames) {
    const { error } = schemaOf(`${frame.message_type}_hub`).safeParse(frame)
    expect([frame, error?.issues]).toEqual([frame, undefined])
  }
  const eventNames = ['INSERT', 'UPDATE', 'BOOKING_CREATED', 'BOOKING_PAID', 'NOTE']
  for (const { name, data } of stream.blocks) {
    const type = eventNames.includes(name) ? 'realtime_event' : name
    expect([name, schemaOf(`${type}_block`).safeParse(JSON.parse(data)).error]).toEqual([name, undefined])
  }
  const types = new Set(frames.map(frame => frame.message_type))
  for (const type of ['registered', 'realtime_event', 'events', 'gap', 'ack', 'error', 'going_away'])
    expect(types).toContain(type)
})

test('what the API answers is what its document says, and pages of the configured origin may read it', async () => {
  const { daemon, register } = await openTestDaemon(database.url, yaml)
  await register({ client_id: 'desk' })
  const { paths } = createOpenApiDocument() as {
    paths: Record<
      string,
      {
        get?: { responses: Record<string, { content: Record<string, { schema: Record<string, unknown> }> }> }
      }
    >
  }
  await insert(300)
  for (const path of [
    '/api/events',
    '/api/connections',
    '/api/rooms',
    '/api/presence',
    '/api/stats',
    '/health',
  ]) {
    const headers = { origin: 'https://app.example' }
    const answer = await fetch(`http://127.0.0.1:${daemon.port}${path}`, { headers })
    const schema = paths[path]?.get?.responses['200']?.content['application/json']?.schema
    const { error } = z.fromJSONSchema(schema ?? false).safeParse(await answer.json())
    expect([path, error]).toEqual([path, undefined])
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example')
  }
})
