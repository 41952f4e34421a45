import { openAccess } from '../../dist/access/access-rules.js'
import { openAuthenticator } from '../../dist/access/authenticator.js'
import { systemClock } from '../../dist/hub/clock.js'
import { Hub } from '../../dist/hub/hub.js'
import { defaultLimits } from '../../dist/hub/limits.js'
import { createLocalSignalBus } from '../../dist/signals/local-signal-bus.js'

import { interleave } from '../support/rounds.js'
import { compare, median } from '../support/statistics.js'

export const title = 'What an event costs as subscriptions grow'
export const sizes = {
  quick: { filters: [1_000, 10_000], events: 500, rounds: 5 },
  standard: { filters: [1_000, 10_000, 100_000], events: 2_000, rounds: 15 },
  full: { filters: [1_000, 10_000, 100_000], events: 5_000, rounds: 31 },
}
const incarnation = '00000000000000aa'
const spreads = [
  { name: 'over 1,000 connections', connections: 1_000 },
  { name: 'of one connection', connections: 1 },
]

export async function run({ size, log }) {
  const cells = []
  for (const { name, connections } of spreads) {
    const hubs = new Map()
    for (const filters of size.filters) hubs.set(filters, await openHub(filters, connections))
    // A filter's first event costs more than the others: what is made ready then would count as its matching.
    for (const hub of hubs.values()) publish(hub, hub.filters)
    const results = await interleave(size.filters, size.rounds, async filters =>
      publish(hubs.get(filters), size.events),
    )
    for (const filters of size.filters) {
      const cost = {
        name,
        filters,
        microseconds: median(results[filters]),
        ratio: compare(results[filters], results[size.filters[0]]).median,
      }
      log(
        `${name.padEnd(22)} ${filters} filters  ${cost.microseconds.toFixed(1)} µs  ${cost.ratio.toFixed(2)} ×`,
      )
      cells.push({ ...cost, subscribedMs: hubs.get(filters).subscribedMs })
    }
    for (const { hub } of hubs.values()) await hub.close()
  }
  return report(cells, size)
}

function report(cells, { filters }) {
  const largest = cells.filter(cell => cell.filters === 100_000)
  return {
    tables: [
      {
        caption:
          'Filters of the form `new.id == constant`, each of which fits one row. Clients are played; the hub, its filters and its frames are real.',
        columns: ['filters', 'how many', 'µs an event', 'ratio', 'all added in, s'],
        rows: cells.map(cell => [
          cell.name,
          cell.filters.toLocaleString('en'),
          cell.microseconds.toFixed(1),
          `${cell.ratio.toFixed(2)} ×`,
          (cell.subscribedMs / 1_000).toFixed(1),
        ]),
      },
    ],
    plots: [
      {
        name: 'matching',
        kind: 'lines',
        title: 'Microseconds of the hub for an event that fits one filter, by filters',
        xAxis: 'filters',
        logX: true,
        series: spreads.map(({ name }) => ({
          name,
          points: filters.map(count => [
            count,
            cells.find(cell => cell.name === name && cell.filters === count).microseconds,
          ]),
        })),
      },
    ],
    targets:
      largest.length === 0
        ? []
        : [
            {
              what: 'cost per event as subscriptions grow 1,000 → 100,000 (`column == constant` filters)',
              asked: '≤ 1.3 ×',
              measured: largest.map(({ name, ratio }) => `${ratio.toFixed(2)} × ${name}`).join(', '),
              reached: largest.every(({ ratio }) => ratio <= 1.3),
            },
          ],
    data: cells,
  }
}

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
    wire: 'web-socket',
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
