import { expect, test } from 'vitest'
import { checkpointAt, eventOf } from './memory-history.ts'
import { message, openTestHub, settle } from './open-test-hub.ts'

const at = '"timestamp":"2026-01-01T00:00:00.000Z"'
const token0 = 'v1.AAAAAAAAAKoBAA'
const token1 = 'v1.AAAAAAAAAKoCAA'

async function registered(data: object = {}) {
  const testHub = openTestHub({ sizes: [1] })
  testHub.hub.start(checkpointAt(0))
  const client = testHub.register({ client_id: 'desk-1', ...data })
  await settle()
  client.peer.texts.length = 0
  return { ...testHub, ...client }
}

test('registered', async () => {
  const { hub, register } = openTestHub()
  hub.start(checkpointAt(0))
  const { peer } = register({ client_id: 'desk-1' })
  await settle()
  expect(peer.texts).toEqual([
    `{"message_type":"registered","data":{"client_id":"desk-1","hub_id":"hub-1","protocol":1,"cursor":"${token0}",` +
      `"resumed":"fresh","heartbeat_ms":15000},${at}}`,
  ])
})

test('realtime_event and checkpoint, with the digits PostgreSQL printed', async () => {
  const { hub, peer } = await registered()
  const event = eventOf(1, 9, {
    op: 'UPDATE',
    eventType: 'UPDATE',
    data: '{"price": 10.10, "big": 9007199254740993}',
    oldData: '{"price": 9.90}',
    channel: 'booking_events',
    origin: 'till',
  })
  hub.publish({ events: [event], cursor: checkpointAt(1) })
  expect(peer.texts).toEqual([
    `{"message_type":"realtime_event","data":{"event_type":"UPDATE","table":"bookings","id":"1",${at},` +
      '"data":{"price": 10.10, "big": 9007199254740993},"old_data":{"price": 9.90},"op":"UPDATE","event_id":"e1",' +
      `"seq":"1","tx":"9","origin":"till","channel":"booking_events","subscriptions":["default"]},${at}}`,
    `{"message_type":"checkpoint","data":{"cursor":"${token1}"},${at}}`,
  ])
})

test('an UPDATE that changed the key, with the key before', async () => {
  const { hub, peer } = await registered()
  const { change } = eventOf(1, 9)
  const rows = { oldRow: '{"id": "k\\"1"}', newRow: '{"id": "k2"}' }
  const event = eventOf(1, 9, {
    op: 'UPDATE',
    eventType: 'UPDATE',
    id: 'k2',
    data: rows.newRow,
    oldData: rows.oldRow,
    change: { ...change, op: 'UPDATE', ...rows },
  })
  hub.publish({ events: [event], cursor: checkpointAt(1) })
  expect(peer.texts[0]).toBe(
    `{"message_type":"realtime_event","data":{"event_type":"UPDATE","table":"bookings","id":"k2","old_id":"k\\"1",${at},` +
      '"data":{"id": "k2"},"old_data":{"id": "k\\"1"},"op":"UPDATE","event_id":"e1","seq":"1","tx":"9",' +
      `"origin":null,"channel":null,"subscriptions":["default"]},${at}}`,
  )
})

test('events, with priority, truncated and transition', async () => {
  const subscriptions = [{ id: 's', where: 'new.n > 0' }]
  const { hub, peer } = await registered({ batch: true, subscriptions })
  const event = eventOf(1, 9, { priority: 'high', truncated: true })
  hub.publish({ events: [event], cursor: checkpointAt(1) })
  expect(peer.texts).toEqual([
    `{"message_type":"events","data":{"events":[{"event_type":"INSERT","table":"bookings","id":"1",${at},"data":{"n":1},` +
      '"op":"INSERT","event_id":"e1","seq":"1","tx":"9","origin":null,"channel":null,"priority":"high",' +
      `"truncated":true,"transition":"enter","subscriptions":["s"]}],"cursor":"${token1}","checkpoint":true},${at}}`,
  ])
})

test.each([
  ['ping', {}, '"pong","data":{}'],
  ['join', { room: 'r' }, '"joined","data":{"room":"r"}'],
  ['leave', { room: 'r' }, '"left","data":{"room":"r"}'],
  ['subscribe', { id: 'a' }, `"subscribed","data":{"id":"a","cursor":"${token0}","resumed":"fresh"}`],
  ['unsubscribe', { id: 'default' }, '"unsubscribed","data":{"id":"default"}'],
])('the answer to %s', async (type, data, answer) => {
  const { connection, peer } = await registered()
  connection.receive(message(type, data))
  await settle()
  expect(peer.texts).toEqual([`{"message_type":${answer},${at}}`])
})

test('ack, for a custom event that carried a message_id', async () => {
  const { connection, peer } = await registered()
  connection.receive(message('custom_event', { event_type: 'TYPING' }, { message_id: 'm1' }))
  await settle()
  expect(peer.texts).toEqual([`{"message_type":"ack","data":{"in_reply_to":"m1"},${at}}`])
})

test('error', async () => {
  const { connection, peer } = await registered()
  connection.receive(message('subscrbe', {}, { message_id: 'm1' }))
  expect(peer.texts).toEqual([
    '{"message_type":"error","data":{"code":"RTB_MESSAGE_UNKNOWN_TYPE","message":"there is no message type \\"subscrbe\\"",' +
      `"hint":"did you mean \\"subscribe\\"?","in_reply_to":"m1"},${at}}`,
  ])
})

test.each([
  ['subscribe', { id: 's', where: 'new.' }, 'RTB_SUBSCRIPTION_WHERE'],
  ['unsubscribe', { id: 's' }, 'RTB_SUBSCRIPTION_UNKNOWN'],
])('error, to a %s: with the subscription that it is about', async (type, data, code) => {
  const { connection, peer } = await registered()
  connection.receive(message(type, data, { message_id: 'm1' }))
  await settle()
  expect(peer.texts).toEqual([expect.stringContaining(`"data":{"code":"${code}",`)])
  expect(peer.texts).toEqual([expect.stringContaining(`,"in_reply_to":"m1","subscription":"s"},${at}}`)])
})

test('error, to a register: with the subscription that it was refused for, if it was for one', async () => {
  const { hub, register } = openTestHub()
  hub.start(checkpointAt(0))
  const errorsFor = async (...subscriptions: object[]) => {
    const { peer } = register({ subscriptions })
    await settle()
    return peer.of('error').map(({ code, subscription }) => [code, subscription])
  }
  expect(await errorsFor({ id: 'a' }, { id: 'b', where: 'new.' })).toEqual([['RTB_SUBSCRIPTION_WHERE', 'b']])
  expect(await errorsFor({ id: 'a' }, { id: 'b' }, { id: 'b' })).toEqual([
    ['RTB_SUBSCRIPTION_DUPLICATE', 'b'],
  ])
  const live = { tables: ['bookings'], snapshot: true }
  expect(
    await errorsFor({ id: 'a', ...live }, { id: 'b', ...live, where: 'new.' }, { id: 'c', ...live }),
  ).toEqual(
    expect.arrayContaining([
      ['RTB_SNAPSHOT_TABLE', 'a'],
      ['RTB_SUBSCRIPTION_WHERE', 'b'],
      ['RTB_SNAPSHOT_TABLE', 'c'],
    ]),
  )
  const many = Array.from({ length: 101 }, (_, n) => ({ id: `s${n}` }))
  for (const [, subscription] of await errorsFor(...many)) expect(subscription).toBeUndefined()
})

test('gap, status and going_away', async () => {
  const { hub, peer } = await registered()
  hub.reset(checkpointAt(1), 'incarnation')
  hub.setStale('no database')
  hub.setLive()
  await hub.close('restart')
  expect(peer.texts).toEqual([
    `{"message_type":"gap","data":{"reason":"incarnation","cursor":"${token1}","action":"reload"},${at}}`,
    `{"message_type":"status","data":{"state":"stale","since":"2026-01-01T00:00:00.000Z","reason":"no database"},${at}}`,
    `{"message_type":"status","data":{"state":"live","since":"2026-01-01T00:00:00.000Z"},${at}}`,
    `{"message_type":"going_away","data":{"reason":"restart","retry_ms":2500},${at}}`,
  ])
  expect(peer.closeCode).toBe(4000)
})
