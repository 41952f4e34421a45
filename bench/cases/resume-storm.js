import { openContender, startRtbridge } from '../support/contenders.js'
import { openCrowd, readCursor, resumeFrom } from '../support/crowd.js'
import { positions } from '../support/positions.js'
import { startProgram } from '../support/processes.js'
import { openServer } from '../support/server.js'
import { median } from '../support/statistics.js'

export const title = 'Everybody comes back at once'
export const sizes = {
  quick: { clients: [100], events: 500, rounds: 2 },
  standard: { clients: [100, 1_000], events: 1_000, rounds: 3 },
  full: { clients: [100, 300, 1_000], events: 1_000, rounds: 7 },
}
const trickle = new URL('../programs/trickle.js', import.meta.url).pathname

/** Where the hub has what they missed. */
const ways = { tail: 'in its memory', journal: 'in the journal: it has just started' }

export async function run({ size, log }) {
  const server = await openServer()
  const cells = []
  try {
    const contender = await openContender(server, 'rtbridge', { ...positions, database: 'storm' })
    const writer = await startProgram(trickle, { url: contender.url, emits: false })
    for (const clients of size.clients) {
      for (const way of Object.keys(ways)) {
        const results = []
        for (let round = 0; round < size.rounds; round++) {
          const measured = await storm({ ...contender, writer }, { way, clients, events: size.events })
          log(`round ${round + 1}  ${clients} clients  ${way.padEnd(7)} ${Math.round(measured.ms)} ms`)
          results.push(measured)
        }
        cells.push({ clients, way, results })
      }
    }
    await writer.stop()
    await contender.hub.stop()
  } finally {
    await server.close()
  }
  return report(cells, size)
}

async function storm({ hub: present, url, writer }, { way, clients, events }) {
  const hub = way === 'tail' ? present : null
  const cursor = await readCursor({ hub: present })
  await writer.ask({ events, rows: 10, perSecond: 0 })
  const used = hub ?? (await startRtbridge(url))
  const greet = resumeFrom(cursor)
  const crowd = await openCrowd({ name: 'rtbridge', hub: used, kind: 'rtbridge-batch' }, clients, {
    probes: 2,
    greet,
    expects: events,
  })
  const { begun, last } = await crowd.ask({ until: 'done' })
  const memory = used.memory().highest
  await crowd.stop()
  if (hub === null) await used.stop()
  return { ms: (last - begun) / 1_000, memory }
}

function report(cells, { events }) {
  const ms = results => median(results.map(each => each.ms))
  return {
    tables: [
      {
        caption: `Clients that missed ${events.toLocaleString('en')} events connect and resume, until the last of them has the last event.`,
        columns: ['clients', 'what they missed is', 'ms', 'delivered events/s', 'hub, MiB at most'],
        rows: cells.map(({ clients, way, results }) => [
          clients,
          ways[way],
          Math.round(ms(results)),
          Math.round((clients * events * 1_000) / ms(results)).toLocaleString('en'),
          Math.round(Math.max(...results.map(({ memory }) => memory)) / 2 ** 20),
        ]),
      },
    ],
    plots:
      new Set(cells.map(({ clients }) => clients)).size < 2
        ? []
        : [
            {
              name: 'resume-storm',
              kind: 'lines',
              title: 'Until everybody has everything, ms, by clients that come back at once',
              xAxis: 'clients',
              logX: true,
              series: Object.entries(ways).map(([way, name]) => ({
                name,
                points: cells
                  .filter(cell => cell.way === way)
                  .map(({ clients, results }) => [clients, ms(results)]),
              })),
            },
          ],
    data: cells,
  }
}
