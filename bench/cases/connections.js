import { execSync } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { contenders, openContender } from '../support/contenders.js'
import { openCrowd } from '../support/crowd.js'
import { positions } from '../support/positions.js'
import { openServer } from '../support/server.js'
import { median } from '../support/statistics.js'

export const title = 'Idle connections'

const names = ['rtbridge', 'notify-ws', 'socket-io']
export const sizes = {
  quick: { clients: [1_000], rounds: 1 },
  standard: { clients: [1_000, 3_000, 10_000], rounds: 1 },
  full: { clients: [1_000, 3_000, 10_000], rounds: 3 },
}
/** Until a process has given back what it took for the moment. */
const settleMs = 2_000

export async function run({ size, log }) {
  const server = await openServer()
  const cells = []
  const most = Number(execSync('ulimit -n', { shell: '/bin/sh' })) - 100
  const sizes = size.clients.filter(clients => clients <= most)
  try {
    for (const clients of sizes) {
      for (const name of names) {
        const results = []
        for (let round = 0; round < size.rounds; round++) {
          const measured = await measure(server, name, { clients, round })
          log(`${clients} clients  ${name.padEnd(10)} ${(measured.each / 1_024).toFixed(1)} KiB each`)
          results.push(measured)
        }
        cells.push({ clients, name, results })
      }
    }
  } finally {
    await server.close()
  }
  return report(
    cells,
    size.clients.length > sizes.length ? [`\`ulimit -n\` allows ${most} connections here.`] : [],
  )
}

/** Memory of a hub before and after so many clients came, who then do nothing. */
async function measure(server, name, { clients, round }) {
  const { hub, kind } = await openContender(server, name, {
    ...positions,
    database: `idle_${name}_${clients}_${round}`,
  })
  // The first ones load what the others use, too.
  const first = await openCrowd({ name, hub, kind }, 20)
  await first.stop()
  const empty = await resident(hub)
  const crowd = await openCrowd({ name, hub, kind }, clients)
  const full = await resident(hub)
  await crowd.stop()
  await hub.stop()
  return { empty, full, each: (full - empty) / clients }
}

/** The least of what it held during some seconds. */
async function resident(hub) {
  const seen = []
  for (let look = 0; look < 4; look++) {
    await pause(settleMs / 4)
    seen.push(hub.memory().resident)
  }
  return Math.min(...seen)
}

function report(cells, notes) {
  const kib = results => (median(results.map(({ each }) => each)) / 1_024).toFixed(1)
  const ours = cells.filter(({ name }) => name === 'rtbridge')
  return {
    tables: [
      {
        caption: 'Resident memory of a hub with clients that do nothing.',
        columns: ['clients', '', 'empty, MiB', 'with them, MiB', 'KiB for each'],
        rows: cells.map(({ clients, name, results }) => [
          clients.toLocaleString('en'),
          contenders[name].title,
          ...['empty', 'full'].map(key => Math.round(median(results.map(each => each[key])) / 2 ** 20)),
          kib(results),
        ]),
      },
    ],
    plots: sizesOf(cells).length < 2 ? [] : [plotOf(cells)],
    targets: ours
      .filter(({ clients }) => clients === 10_000)
      .map(({ results }) => ({
        what: 'memory per idle connection',
        asked: '≤ 12 KiB above an empty hub; 10,000 connections on one hub',
        measured: `${kib(results)} KiB; 10,000 connections`,
        reached: Number(kib(results)) <= 12,
      })),
    notes,
    data: cells,
  }
}

function sizesOf(cells) {
  return [...new Set(cells.map(({ clients }) => clients))]
}

function plotOf(cells) {
  return {
    name: 'connections',
    kind: 'lines',
    title: 'MiB of a hub with clients that do nothing, by clients',
    xAxis: 'clients',
    series: names.map(name => ({
      name: contenders[name].title,
      points: cells
        .filter(cell => cell.name === name)
        .map(({ clients, results }) => [clients, median(results.map(({ full }) => full)) / 2 ** 20]),
    })),
  }
}
