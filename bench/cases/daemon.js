import { setTimeout as pause } from 'node:timers/promises'
import { contenders, createCaptured, openContender, startRtbridge } from '../support/contenders.js'
import { openCrowd } from '../support/crowd.js'
import { measureEmptyProgram } from '../support/machine.js'
import { positions } from '../support/positions.js'
import { openServer } from '../support/server.js'
import { median } from '../support/statistics.js'

export const title = 'Starting, and doing nothing'

/** What is looked at: a hub, and how many clients it has, who do nothing either. */
const idlers = [
  { key: 'rtbridge', name: 'rtbridge', clients: 0 },
  { key: 'rtbridge-10', name: 'rtbridge', clients: 10 },
  { key: 'one-question', name: 'one-question', clients: 0 },
  { key: 'notify-ws', name: 'notify-ws', clients: 0 },
  { key: 'notify-ws-10', name: 'notify-ws', clients: 10 },
  { key: 'socket-io', name: 'socket-io', clients: 0 },
  { key: 'socket-io-10', name: 'socket-io', clients: 10 },
]
export const sizes = {
  quick: { starts: 3, settleSeconds: 3, rounds: 3, seconds: 2 },
  standard: { starts: 7, settleSeconds: 60, rounds: 9, seconds: 20 },
  full: { starts: 21, settleSeconds: 60, rounds: 45, seconds: 20 },
}

export async function run({ size, log, profile }) {
  const server = await openServer({ shared_preload_libraries: 'pg_stat_statements' })
  try {
    await server.admin.query('CREATE EXTENSION pg_stat_statements')
    const url = await createCaptured(server, 'start', { ...positions, capture: 'rtbridge' })
    const starts = []
    for (let nth = 0; nth < size.starts; nth++) {
      const execArgv = profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
      const hub = await startRtbridge(url, { execArgv })
      log(
        `start ${nth + 1}  listening after ${Math.round(hub.listeningMs)} ms, reading after ${Math.round(hub.liveMs)} ms`,
      )
      starts.push({
        listeningMs: hub.listeningMs,
        liveMs: hub.liveMs,
        cpuMs: hub.cpuSeconds() * 1_000,
        memory: hub.memory().resident,
        emptyMs: measureEmptyProgram(),
      })
      await hub.stop()
    }
    const idle = await rest(server, size, log)
    return report(starts, idle)
  } finally {
    await server.close()
  }
}

/** What hubs and their databases do while nothing happens, all beside each other: what one does disturbs no other. */
async function rest(server, { settleSeconds, rounds, seconds }, log) {
  const resting = []
  for (const { key, name, clients } of idlers) {
    const database = `rest_${key}`
    const { hub, kind } = await openContender(server, name, { ...positions, database })
    const crowd = clients === 0 ? null : await openCrowd({ name, hub, kind }, clients)
    resting.push({ key, hub, crowd, database, cores: [], statements: [] })
  }
  // What it does after the start is not what it does all day: modules are compiled and memory is tidied up.
  await pause(settleSeconds * 1_000)
  const lookAtAll = async () => {
    const looks = []
    for (const { hub, database } of resting) looks.push(await look(server, hub, database))
    return looks
  }
  let before = await lookAtAll()
  for (let round = 1; round <= rounds; round++) {
    await pause(seconds * 1_000)
    const after = await lookAtAll()
    for (const [at, { cores, statements }] of resting.entries()) {
      cores.push((after[at].cpuSeconds - before[at].cpuSeconds) / seconds)
      statements.push((after[at].statements - before[at].statements) / seconds)
    }
    log(`rest ${round}  ${resting.map(({ key, cores }) => `${key} ${percent(cores.at(-1))}`).join(', ')}`)
    before = after
  }
  const found = {}
  for (const [at, { key, hub, crowd, cores, statements }] of resting.entries()) {
    found[key] = {
      core: median(cores),
      cores,
      statements: median(statements),
      memory: before[at].memory,
    }
    await crowd?.stop()
    await hub.stop()
  }
  return found
}

const percent = core => `${(core * 100).toFixed(2)} %`

async function look({ admin }, hub, database) {
  const { rows } = await admin.query(
    `SELECT coalesce(sum(s.calls), 0) AS calls FROM pg_stat_statements s
     JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = $1`,
    [database],
  )
  return { cpuSeconds: hub.cpuSeconds(), statements: Number(rows[0].calls), memory: hub.memory().resident }
}

function report(starts, idle) {
  const middle = key => median(starts.map(each => each[key]))
  const { core } = idle.rtbridge
  return {
    tables: [
      {
        caption: '`rtbridge serve` from the start of the process.',
        columns: [
          'listening after, ms',
          'reading after, ms',
          'work of a processor, ms',
          'memory, MiB',
          'a program of Node that does nothing, ms',
        ],
        rows: [
          [
            ...['listeningMs', 'liveMs', 'cpuMs'].map(key => Math.round(middle(key))),
            Math.round(middle('memory') / 2 ** 20),
            Math.round(middle('emptyMs')),
          ],
        ],
      },
      {
        caption: `While nothing happens, beside each other; the median of ${idle.rtbridge.cores.length} rounds, and the least and the most.`,
        columns: ['', 'clients', 'of a core', 'least to most', 'statements a second', 'memory, MiB'],
        rows: idlers.map(({ key, name, clients }) => [
          contenders[name].title,
          clients,
          percent(idle[key].core),
          `${percent(Math.min(...idle[key].cores))} to ${percent(Math.max(...idle[key].cores))}`,
          idle[key].statements.toFixed(1),
          Math.round(idle[key].memory / 2 ** 20),
        ]),
      },
    ],
    targets: [
      {
        what: '`serve` to listening',
        asked: '≤ 500 ms',
        measured: `${Math.round(middle('listeningMs'))} ms, ${(middle('listeningMs') / middle('emptyMs')).toFixed(1)} × what a program of Node takes that does nothing`,
        reached: middle('listeningMs') <= 500,
      },
      {
        what: 'an idle daemon',
        asked: '< 0.2 % of a core',
        measured: `${percent(core)}, ${(core / idle['one-question'].core).toFixed(1)} × what a program takes that asks one question a second; with 10 clients ${percent(idle['rtbridge-10'].core)}`,
        reached: core < 0.002,
      },
    ],
    data: { starts, idle },
  }
}
