import { openContender } from '../support/contenders.js'
import { positions } from '../support/positions.js'
import { startProgram } from '../support/processes.js'
import { interleave } from '../support/rounds.js'
import { openServer } from '../support/server.js'
import { compare, median } from '../support/statistics.js'

export const title = 'The rows of a live table'
export const sizes = {
  quick: { rows: [20_000], rounds: 2 },
  standard: { rows: [100_000, 1_000_000], rounds: 2 },
  full: { rows: [10_000, 100_000, 1_000_000], rounds: 5 },
}
const program = new URL('../programs/snapshot-client.js', import.meta.url).pathname
const statement = 'SELECT to_jsonb(p)::text FROM positions p ORDER BY n'
const sources = { hub: 'live table', database: 'SELECT to_jsonb(…) in a client of its own' }

export async function run({ size, log, profile }) {
  const server = await openServer()
  const cells = []
  try {
    for (const rows of size.rows) {
      const setUp = `${positions.setUp}; INSERT INTO positions (n, plate, status, latitude, longitude, note)
        SELECT n, '184 TUN ' || n, 'ON_THE_WAY', 36.8065, 10.1815, '' FROM generate_series(1, ${rows}) n`
      const options = { ...positions, setUp, database: `live_${rows}`, profile }
      const { hub, url } = await openContender(server, 'rtbridge', options)
      const client = await startProgram(program, { port: hub.port, url })
      const results = await interleave(Object.keys(sources), size.rounds, async (from, round) => {
        const measured = await client.ask(from === 'hub' ? {} : { statement })
        if (measured.rows !== rows) throw new Error(`${measured.rows} of ${rows} rows came`)
        log(`round ${round + 1}  ${rows} rows  ${from.padEnd(8)} ${Math.round(measured.ms)} ms`)
        return measured
      })
      cells.push({ rows, results, memory: hub.memory().highest })
      await client.stop()
      await hub.stop()
    }
  } finally {
    await server.close()
  }
  return report(cells)
}

function report(cells) {
  const times = list => list.map(({ ms }) => ms)
  return {
    tables: [
      {
        caption:
          'All rows of a table to one client, and the same read by a program that has nothing else to do.',
        columns: ['rows', '', 'ms', 'first rows after, ms', 'rows/s', 'live table to it', 'hub, MiB at most'],
        rows: cells.flatMap(({ rows, results, memory }) =>
          Object.entries(sources).map(([from, name]) => [
            rows.toLocaleString('en'),
            name,
            Math.round(median(times(results[from]))),
            Math.round(median(results[from].map(({ firstMs }) => firstMs))),
            Math.round((rows * 1_000) / median(times(results[from]))).toLocaleString('en'),
            `${compare(times(results.hub), times(results[from])).median.toFixed(2)} ×`,
            from === 'hub' ? Math.round(memory / 2 ** 20) : '',
          ]),
        ),
      },
    ],
    data: cells,
  }
}
