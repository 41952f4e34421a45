// What one event costs the hub with 1,000, 10,000 and 100,000 filters of the form `new.id == constant`, each of which
// fits one row: spread over a thousand connections, and of one connection alone. In one run and in turn, so that the
// ratios hold whatever else the machine does. Clients are played; the hub, its filters and its frames are real.
//
//   npm run bench:matching -- --events 2000 --rounds 15
import { parseArgs } from 'node:util'
import { openAccess } from '../dist/access/access-rules.js'
import { openAuthenticator } from '../dist/access/authenticator.js'
import { systemClock } from '../dist/hub/clock.js'
import { Hub } from '../dist/hub/hub.js'
import { defaultLimits } from '../dist/hub/limits.js'
import { createLocalSignalBus } from '../dist/signals/local-signal-bus.js'

const { values: flags } = parseArgs({
  options: { events: { type: 'string', default: '2000' }, rounds: { type: 'string', default: '15' } },
})
const events = Number(flags.events)
const rounds = Number(flags.rounds)
const sizes = [1_000, 10_000, 100_000]
const incarnation = '00000000000000aa'

const cases = [
  { name: 'over 1,000 connections', connections: 1_000 },
  { name: 'of one connection', connections: 1 },
]
for (const { name, connections } of cases) {
  const hubs = []
  for (const filters of sizes) hubs.push(await openHub(filters, connections))
  const times = hubs.map(() => [])
  // A filter's first event costs more than the others: what is made ready then would count as its matching.
  for (const hub of hubs) publish(hub, hub.filters)
  for (let round = 0; round < rounds; round++) {
    for (const [at, hub] of hubs.entries()) times[at].push(publish(hub, events))
  }
  const medians = times.map(list => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)])
  for (const [at, filters] of sizes.entries()) {
    const { subscribedMs, delivered } = hubs[at]
    console.log(
      `${name.padEnd(22)} ${String(filters).padStart(7)} filters  ${medians[at].toFixed(2)} µs an event  ` +
        `ratio ${(medians[at] / medians[0]).toFixed(2)}  ` +
        `(added in ${(subscribedMs / 1_000).toFixed(1)} s, ${delivered()} delivered)`,
    )
  }
  for (const { hub } of hubs) await hub.close()
}
process.exit(0)

/** A hub whose filters are evenly spread over its connections. */
async function openHub(filters, connections) {
  const hub = new Hub({
    hubId: 'bench',
    history: { check: async () => null, replay: async function* () {} },
    limits: {
      ...defaultLimits,
      maxSubscriptions: filters,
      maxConnections: connections,
      tailBytes: 1_000_000,
    },
    clock: systemClock,
    signals: createLocalSignalBus(),
    authenticator: openAuthenticator,
    access: openAccess,
    audit: () => {},
    publishDurable: null,
    heartbeatMs: 15_000,
    newId: newIds(),
    random: Math.random,
    onError: error => console.error(error),
  })
  hub.start(cursorAt(0))
  const start = performance.now()
  const each = filters / connections
  for (let at = 0; at < connections; at++) {
    const connection = hub.connect(idlePeer())
    const ids = Array.from({ length: each }, (_, nth) => at * each + nth)
    const [first, ...rest] = ids.map(id => ({
      id: `row-${id}`,
      tables: ['bookings'],
      where: `new.id == ${id}`,
    }))
    connection.receive(
      JSON.stringify({ message_type: 'register', data: { app_name: 'bench', subscriptions: [first] } }),
    )
    await new Promise(resolve => setImmediate(resolve))
    for (const data of rest) connection.receive(JSON.stringify({ message_type: 'subscribe', data }))
  }
  const subscribedMs = performance.now() - start
  const world = { hub, filters, published: 0, subscribedMs, delivered: () => hub.stats().counters.delivered }
  if (hub.stats().subscriptions !== filters) throw new Error(`only ${hub.stats().subscriptions} filters`)
  return world
}

/** Publishes transactions of one event each; gives microseconds for one. */
function publish(world, count) {
  const batches = Array.from({ length: count }, () => batchOf(++world.published, world.filters))
  global.gc?.()
  const start = performance.now()
  for (const batch of batches) world.hub.publish(batch)
  return ((performance.now() - start) * 1_000) / count
}

function batchOf(nth, filters) {
  // A step that has no factor in common with the sizes: every filter has its turn.
  const id = String((nth * 7_919) % filters)
  const row = `{"id": ${id}, "plate": "184 TUN 9829", "status": "CONFIRMED", "total": 42.50}`
  const at = '2026-01-01T00:00:00.000Z'
  const table = { id: 1, schema: 'public', name: 'bookings', keyColumns: ['id'] }
  const change = {
    seq: String(nth),
    xid: String(nth),
    at,
    table,
    op: 'UPDATE',
    oldRow: row,
    newRow: row,
    origin: null,
    truncated: false,
  }
  const event = {
    eventId: `e${nth}`,
    eventType: 'UPDATE',
    kind: 'table',
    op: 'UPDATE',
    table: 'bookings',
    channel: null,
    id,
    at,
    data: row,
    oldData: row,
    seq: String(nth),
    tx: String(nth),
    origin: null,
    truncated: false,
    rooms: null,
    roles: null,
    priority: 'normal',
    change,
  }
  return { events: [event], cursor: cursorAt(nth) }
}

function cursorAt(nth) {
  return { incarnation, snapshot: { xmax: BigInt(nth) + 1n, xip: [] }, inBatch: null }
}

/** Takes everything at once and looks at nothing. */
function idlePeer() {
  return {
    remoteAddress: '127.0.0.1',
    wire: 'json',
    bufferedBytes: 0,
    send() {},
    onDrain() {},
    close() {},
    terminate() {},
  }
}

function newIds() {
  let last = 0
  return () => `id-${++last}`
}
