import { setTimeout as pause } from 'node:timers/promises'
import { contenders, createCaptured, openContender, startRtbridge } from '../support/contenders.js'
import { positions } from '../support/positions.js'
import { openServer } from '../support/server.js'
import { median } from '../support/statistics.js'

export const title = 'Starting, and doing nothing'

const idlers = ['rtbridge', 'one-question', 'notify-ws', 'socket-io']
export const sizes = {
  quick: { starts: 3, settleSeconds: 3, seconds: 5 },
  standard: { starts: 7, settleSeconds: 30, seconds: 60 },
  full: { starts: 21, settleSeconds: 60, seconds: 300 },
}

export async function run({ size, log, profile }) {
  const server = await openServer()
  try {
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
      })
      await hub.stop()
    }
    const idle = {}
    for (const name of idlers) {
      idle[name] = await rest(server, name, size)
      log(
        `${name.padEnd(10)} ${(idle[name].core * 100).toFixed(2)} % of a core, ${idle[name].transactions.toFixed(1)} transactions/s`,
      )
    }
    return report(starts, idle)
  } finally {
    await server.close()
  }
}

/** What a hub and its database do while nothing happens. */
async function rest(server, name, { settleSeconds, seconds }) {
  const { hub } = await openContender(server, name, { ...positions, database: `rest_${name}` })
  // What it does after the start is not what it does all day: modules are compiled and memory is tidied up for some 20 s.
  await pause(settleSeconds * 1_000)
  const before = await look(server, hub, `rest_${name}`)
  await pause(seconds * 1_000)
  const after = await look(server, hub, `rest_${name}`)
  await hub.stop()
  return {
    core: (after.cpuSeconds - before.cpuSeconds) / seconds,
    transactions: (after.transactions - before.transactions) / seconds,
    memory: after.memory,
  }
}

async function look({ admin }, hub, database) {
  const { rows } = await admin.query(
    'SELECT xact_commit + xact_rollback AS count FROM pg_stat_database WHERE datname = $1',
    [database],
  )
  return { cpuSeconds: hub.cpuSeconds(), transactions: Number(rows[0].count), memory: hub.memory().resident }
}

function report(starts, idle) {
  const middle = key => median(starts.map(each => each[key]))
  const { core } = idle.rtbridge
  return {
    tables: [
      {
        caption: '`rtbridge serve` from the start of the process.',
        columns: ['listening after, ms', 'reading after, ms', 'work of a processor, ms', 'memory, MiB'],
        rows: [
          [
            ...['listeningMs', 'liveMs', 'cpuMs'].map(key => Math.round(middle(key))),
            Math.round(middle('memory') / 2 ** 20),
          ],
        ],
      },
      {
        caption: 'While nothing happens.',
        columns: ['', 'of a core', 'transactions a second in the database', 'memory, MiB'],
        rows: idlers.map(name => [
          contenders[name].title,
          `${(idle[name].core * 100).toFixed(2)} %`,
          idle[name].transactions.toFixed(1),
          Math.round(idle[name].memory / 2 ** 20),
        ]),
      },
    ],
    targets: [
      {
        what: '`serve` to listening',
        asked: '≤ 500 ms',
        measured: `${Math.round(middle('listeningMs'))} ms`,
        reached: middle('listeningMs') <= 500,
      },
      {
        what: 'an idle daemon',
        asked: '< 0.2 % of a core',
        measured: `${(core * 100).toFixed(2)} %`,
        reached: core < 0.002,
      },
    ],
    data: { starts, idle },
  }
}
