import { loads } from '../programs/loads.js'
import { createCaptured, openContender } from '../support/contenders.js'
import { openCrowd } from '../support/crowd.js'
import { startProgram } from '../support/processes.js'
import { interleave } from '../support/rounds.js'
import { openServer } from '../support/server.js'
import { compare, median } from '../support/statistics.js'

export const title = "Writers' throughput"

/** Who listens while they write; the label is for plots. */
const settings = {
  none: { title: 'no trigger', label: 'no trigger', capture: 'none' },
  notify: {
    title: 'pg_notify trigger, pg_notify + ws and its clients',
    label: 'pg_notify and ws',
    contender: 'notify-ws',
    clients: 10,
  },
  journal: { title: 'own journal, nobody is told', label: 'own journal', capture: 'journal' },
  'journal-notify': {
    title: 'own journal, NOTIFY always, nobody listens',
    label: 'own journal, NOTIFY',
    capture: 'journal-notify',
  },
  rtbridge: { title: 'rtbridge, no hub', label: 'rtbridge, no hub', capture: 'rtbridge' },
  'rtbridge-hub': {
    title: 'rtbridge, a hub',
    label: 'rtbridge, a hub',
    contender: 'rtbridge-batch',
    clients: 0,
  },
  'rtbridge-clients': {
    title: 'rtbridge, a hub and its clients',
    label: 'rtbridge, hub, clients',
    contender: 'rtbridge-batch',
    clients: 10,
  },
}
const names = Object.keys(settings)
const loadTitles = {
  insert: 'INSERT of a row',
  update: 'UPDATE of a row',
  bulk: 'UPDATE of 1,000 rows',
  wide: 'UPDATE of 1,000 rows of 24 columns',
  pgbench: "pgbench's transaction, accounts captured",
}
/** What the promise speaks of: an ordinary transaction, on a disk that takes a millisecond for a flush. */
const promised = { load: 'pgbench', writers: 32, flushUs: 1_000 }
const counts = [1, 8, 32, 64]
export const sizes = {
  quick: { cells: [promised], seconds: 1, rounds: 2 },
  standard: {
    cells: [
      ...['insert', 'update', 'bulk'].flatMap(load => counts.map(writers => ({ load, writers, flushUs: 0 }))),
      ...[0, 2_000, 5_000].map(flushUs => ({ ...promised, flushUs })),
      // Its result is near what is promised: more and longer rounds tell more.
      { ...promised, seconds: 2, rounds: 9 },
    ],
    seconds: 1.5,
    rounds: 3,
  },
  full: {
    cells: [
      ...Object.keys(loadTitles).flatMap(load => counts.map(writers => ({ load, writers, flushUs: 0 }))),
      ...counts.map(writers => ({ ...promised, writers })),
    ],
    seconds: 5,
    rounds: 5,
  },
}
const program = new URL('../programs/writers.js', import.meta.url).pathname

export async function run({ size, log, profile }) {
  const server = await openServer()
  const cells = []
  try {
    for (const { rounds = size.rounds, seconds = size.seconds, ...cell } of size.cells) {
      const stage = await openStage(server, cell, { profile, nth: cells.length })
      const results = await interleave(names, rounds, async (name, round) => {
        await server.admin.query('CHECKPOINT')
        const { perSecond } = await stage.get(name).writers.ask({ seconds })
        log(
          `round ${round + 1}  ${Object.values(cell).join(' ')}  ${name.padEnd(16)} ${Math.round(perSecond)} tx/s`,
        )
        return perSecond
      })
      cells.push({ ...cell, results })
      await closeStage(stage)
    }
  } finally {
    await server.close()
  }
  return report(cells)
}

async function openStage(server, { load, writers, flushUs }, { profile, nth }) {
  const { setUp, captured: tables } = loads[load]
  const stage = new Map()
  for (const name of names) {
    const { contender, capture, clients } = settings[name]
    const database = `${name}_${nth}`
    const scene =
      contender === undefined
        ? { url: await createCaptured(server, database, { setUp, tables, capture }) }
        : await openContender(server, contender, { setUp, tables, database, profile })
    const crowd = clients > 0 ? await openCrowd(scene, clients) : null
    stage.set(name, {
      ...scene,
      crowd,
      writers: await startProgram(program, { url: scene.url, load, writers, flushUs }),
    })
  }
  return stage
}

async function closeStage(stage) {
  for (const { hub, crowd, writers } of stage.values()) {
    await Promise.all([writers.stop(), crowd?.stop()])
    await hub?.stop()
  }
}

function report(cells) {
  const ratio = ({ results }, name, other) => compare(results[name], results[other]).median.toFixed(2)
  return {
    tables: [
      {
        caption: 'Transactions in a second, and as a share of those without any trigger.',
        columns: ['transaction', 'writers', 'flush', ...names.map(name => settings[name].title)],
        rows: cells.map(cell => [
          loadTitles[cell.load],
          cell.writers,
          cell.flushUs === 0 ? 'disk' : `disk + ${cell.flushUs / 1_000} ms`,
          ...names.map(
            name =>
              `${Math.round(median(cell.results[name])).toLocaleString('en')} (${ratio(cell, name, 'none')})`,
          ),
        ]),
      },
    ],
    plots: [...Object.keys(loadTitles).flatMap(load => plotByWriters(load, cells)), ...plotByFlush(cells)],
    targets: cells
      .filter(cell => Object.keys(promised).every(key => cell[key] === promised[key]))
      .map(cell => ({
        what: 'writers’ throughput with capture, a hub reading and its clients, 32 writers',
        asked: '≥ 75 % of no trigger at all; ≥ 3.5 × a pg_notify trigger',
        measured: `${ratio(cell, 'rtbridge-clients', 'none')} of none; ${ratio(cell, 'rtbridge-clients', 'notify')} × pg_notify (the least a journal takes, which nobody reads: ${ratio(cell, 'journal', 'none')} of none)`,
        reached:
          ratio(cell, 'rtbridge-clients', 'none') >= 0.75 && ratio(cell, 'rtbridge-clients', 'notify') >= 3.5,
      })),
    data: cells,
  }
}

/** How throughput grows with the writers of a load; nothing when it was measured with one number of them. */
function plotByWriters(load, cells) {
  const grid = cells.filter(cell => cell.load === load && cell.flushUs === 0)
  if (grid.length < 2) return []
  const name = load === 'insert' ? 'writers' : `writers-${load}`
  const title = `Transactions in a second, by writers: ${loadTitles[load]}`
  const perSecond = ({ results }, of) => median(results[of])
  return [linesOf(grid, { name, title, xAxis: 'writers', logX: true }, ({ writers }) => writers, perSecond)]
}

/** What is left with the time that a flush takes: a share, because the cells are measured one after the other. */
function plotByFlush(cells) {
  const grid = cells.filter(({ load, writers }) => load === promised.load && writers === promised.writers)
  if (grid.length < 2) return []
  const inOrder = grid.toSorted((a, b) => a.flushUs - b.flushUs)
  const title = `% of what no trigger leaves, ${promised.writers} writers: ${loadTitles[promised.load].split(',')[0]}`
  const xAxis = 'ms that a flush takes more than this disk needs'
  const share = ({ results }, of) => 100 * compare(results[of], results.none).median
  return [linesOf(inOrder, { name: 'writers-flush', title, xAxis }, ({ flushUs }) => flushUs / 1_000, share)]
}

function linesOf(grid, plot, xOf, yOf) {
  const series = names.map(name => ({
    name: settings[name].label,
    points: grid.map(cell => [xOf(cell), yOf(cell, name)]),
  }))
  return { ...plot, kind: 'lines', series }
}
