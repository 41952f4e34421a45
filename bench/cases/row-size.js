import { closeStage, openStage } from '../support/positions.js'
import { openServer } from '../support/server.js'
import { median } from '../support/statistics.js'

export const title = 'Size of a row'

const clients = 10
export const sizes = {
  quick: { bytes: [100, 10_000], megabytes: 4, rounds: 2 },
  standard: { bytes: [100, 1_000, 10_000, 100_000], megabytes: 16, rounds: 3 },
  full: { bytes: [100, 300, 1_000, 3_000, 10_000, 30_000, 100_000], megabytes: 64, rounds: 5 },
}
const mostEvents = 20_000

export async function run({ size, log, profile }) {
  const server = await openServer()
  try {
    const stage = await openStage(server, ['rtbridge-batch'], { clients, probes: 1, profile })
    const contender = stage.get('rtbridge-batch')
    // What is loaded and compiled with the first events is nobody's.
    await measure(contender, { bytes: sizes.quick.bytes[0], events: 2_000 })
    const cells = size.bytes.map(bytes => ({ bytes, results: [] }))
    for (let round = 0; round < size.rounds; round++) {
      for (const { bytes, results } of cells) {
        const events = Math.min(mostEvents, Math.ceil((size.megabytes * 1e6) / bytes))
        const measured = await measure(contender, { bytes, events })
        log(`round ${round + 1}  ${bytes} bytes  ${measured.hubMicroseconds.toFixed(1)} µs of the hub`)
        results.push(measured)
      }
    }
    await closeStage(stage)
    return report(cells)
  } finally {
    await server.close()
  }
}

async function measure({ hub, crowd, writer }, { bytes, events }) {
  const before = hub.cpuSeconds()
  const rows = Math.max(1, Math.min(100, Math.floor(1e6 / bytes)))
  const { written, last } = await crowd.hear(events, () =>
    writer.ask({ events, rows, perSecond: 0, noteBytes: bytes }),
  )
  return {
    perSecond: (events * 1e6) / (last - written.sent[0]),
    hubMicroseconds: ((hub.cpuSeconds() - before) * 1e6) / events,
    memory: hub.memory().highest,
  }
}

function report(cells) {
  const figures = cells.map(({ bytes, results }) => ({
    bytes,
    work: median(results.map(({ hubMicroseconds }) => hubMicroseconds)),
    perSecond: median(results.map(({ perSecond }) => perSecond)),
    memory: Math.max(...results.map(({ memory }) => memory)),
  }))
  return {
    tables: [
      {
        caption: `Rows with a text that does not compress, written as fast as it goes, to ${clients} clients that take batches.`,
        columns: [
          'bytes of the text',
          'rows/s',
          'MB/s at each client',
          'the hub’s work for a row, µs',
          'for a KB, µs',
          'hub, MiB at most',
        ],
        rows: figures.map(({ bytes, work, perSecond, memory }) => [
          bytes.toLocaleString('en'),
          Math.round(perSecond).toLocaleString('en'),
          ((perSecond * bytes) / 1e6).toFixed(1),
          work.toFixed(1),
          ((work * 1_000) / bytes).toFixed(1),
          Math.round(memory / 2 ** 20),
        ]),
      },
    ],
    plots: [
      {
        name: 'row-size',
        kind: 'lines',
        title: `Microseconds of the hub for a row that ${clients} clients get, by bytes of the row`,
        xAxis: 'bytes',
        logX: true,
        series: [{ name: 'rtbridge, batches', points: figures.map(({ bytes, work }) => [bytes, work]) }],
      },
    ],
    data: cells,
  }
}
