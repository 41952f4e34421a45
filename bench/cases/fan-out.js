import { contenders } from '../support/contenders.js'
import { closeStage, openStage } from '../support/positions.js'
import { interleave } from '../support/rounds.js'
import { openServer } from '../support/server.js'
import { compare, median } from '../support/statistics.js'

export const title = 'Fan-out'

const names = ['rtbridge-batch', 'rtbridge', 'notify-ws', 'pg-listen', 'pg-pubsub', 'socket-io']
export const sizes = {
  quick: { clients: [100], seconds: 0.5, rounds: 3 },
  standard: { clients: [100, 500, 2_000], seconds: 1.5, rounds: 3 },
  full: { clients: [100, 500, 2_000], seconds: 5, rounds: 7 },
}
/** Rows of one transaction: what a busy application commits within a few milliseconds. */
const rows = 100
const leastEvents = 500

export async function run({ size, log, profile }) {
  const server = await openServer()
  const cells = []
  try {
    for (const clients of size.clients) {
      const stage = await openStage(server, names, { clients, probes: 2, profile })
      const events = await calibrate(stage, clients, size.seconds)
      const results = await interleave(names, size.rounds, async (name, round) => {
        const measured = await measure(stage.get(name), { events: events[name], clients })
        log(
          `round ${round + 1}  ${clients} clients  ${name.padEnd(14)} ${count(measured.perSecond)} delivered/s`,
        )
        return measured
      })
      const memory = Object.fromEntries(names.map(name => [name, stage.get(name).hub.memory().highest]))
      cells.push({ clients, events, results, memory })
      await closeStage(stage)
    }
  } finally {
    await server.close()
  }
  return report(cells)
}

/** As many events for each as it delivers in about the time wanted. */
async function calibrate(stage, clients, seconds) {
  const events = {}
  for (const name of names) {
    const { perSecond } = await measure(stage.get(name), { events: leastEvents, clients })
    events[name] = Math.max(leastEvents, Math.ceil((perSecond * seconds) / clients / rows) * rows)
  }
  return events
}

/** From the first INSERT until the last client has the last event. What the hub worked for it does not depend on how busy the machine is. */
async function measure({ hub, crowd, writer }, { events, clients }) {
  const before = hub.cpuSeconds()
  const { written, last } = await crowd.hear(events, () => writer.ask({ events, rows, perSecond: 0 }))
  const delivered = events * clients
  return {
    perSecond: (delivered * 1e6) / (last - written.sent[0]),
    hubMicroseconds: ((hub.cpuSeconds() - before) * 1e6) / delivered,
  }
}

function report(cells) {
  return {
    tables: [
      {
        caption: `A writer commits transactions of ${rows} rows, four at a time and as fast as it can; every client gets every row.`,
        columns: [
          'clients',
          '',
          'delivered events/s',
          'least',
          'most',
          'rtbridge in batches to it',
          'the hub’s work for one, µs',
          'hub, MiB at most',
        ],
        rows: cells.flatMap(cell => names.map(name => rowOf(cell, name))),
      },
    ],
    plots: [
      {
        name: 'fan-out',
        kind: 'bars',
        title: 'Events delivered in a second',
        groups: cells.map(({ clients }) => `${clients} clients`),
        series: names.map(name => ({
          name: contenders[name].title,
          values: cells.map(({ results }) => median(perSecondOf(results[name]))),
        })),
      },
    ],
    targets: cells.filter(({ clients }) => clients === 500).map(targetOf),
    data: cells,
  }
}

function rowOf(cell, name) {
  const list = perSecondOf(cell.results[name])
  return [
    cell.clients,
    contenders[name].title,
    ...[median(list), Math.min(...list), Math.max(...list)].map(count),
    `${ratio(cell, name).toFixed(1)} ×`,
    median(cell.results[name].map(({ hubMicroseconds }) => hubMicroseconds)).toFixed(2),
    Math.round(cell.memory[name] / 2 ** 20),
  ]
}

function targetOf(cell) {
  const delivered = median(perSecondOf(cell.results['rtbridge-batch']))
  const times = ratio(cell, 'socket-io')
  return {
    what: 'fan-out to 500 clients, batched',
    asked: '≥ 1,000,000 delivered events/s; ≥ 5 × Socket.IO with its PostgreSQL emitter',
    measured: `${count(delivered)} events/s; ${times.toFixed(1)} ×`,
    reached: delivered >= 1_000_000 && times >= 5,
  }
}

function ratio({ results }, other) {
  return compare(perSecondOf(results['rtbridge-batch']), perSecondOf(results[other])).median
}

function perSecondOf(list) {
  return list.map(({ perSecond }) => perSecond)
}

function count(value) {
  return Math.round(value).toLocaleString('en')
}
