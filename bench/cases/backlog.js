import { openContender, startRtbridge } from '../support/contenders.js'
import { openCrowd, readCursor, resumeFrom } from '../support/crowd.js'
import { positions } from '../support/positions.js'
import { startProgram } from '../support/processes.js'
import { interleave } from '../support/rounds.js'
import { connect, openServer } from '../support/server.js'
import { compare, median } from '../support/statistics.js'

export const title = 'Replay of a backlog'
export const sizes = {
  quick: { events: [20_000], rounds: 2 },
  standard: { events: [100_000, 300_000, 1_000_000], rounds: 2 },
  full: { events: [100_000, 300_000, 1_000_000], rounds: 5 },
}
/** Rows of one transaction. */
const rows = 1_000
const program = new URL('../programs/snapshot-client.js', import.meta.url).pathname
/** What a hub reads of the journal, and no more. */
const statement = `SELECT seq, xid::text, at, table_id, op, truncated, origin, old_row::text, new_row::text
  FROM rtbridge.journal ORDER BY seq`
const env = { RTBRIDGE_JOURNAL_MAX_SIZE: '8GB' }

export async function run({ size, log, profile }) {
  const server = await openServer()
  const cells = []
  try {
    for (const events of size.events) {
      const { url, cursor } = await leaveBehind(server, events)
      const results = await interleave(['hub', 'reading'], size.rounds, async (from, round) => {
        const measured =
          from === 'hub' ? await replay(url, { cursor, events, profile }) : await readAlone(url, events)
        log(
          `round ${round + 1}  ${events} events  ${from.padEnd(7)} ${Math.round(measured.perSecond)} a second`,
        )
        return measured
      })
      cells.push({ events, results })
    }
  } finally {
    await server.close()
  }
  return report(cells)
}

/** Writes what a client misses that was there before. */
async function leaveBehind(server, events) {
  const contender = await openContender(server, 'rtbridge', {
    ...positions,
    database: `backlog_${events}`,
    env,
  })
  const cursor = await readCursor(contender)
  await contender.hub.stop()
  const session = await connect(contender.url)
  for (let from = 1; from <= events; from += rows) {
    await session.query(
      `INSERT INTO positions (n, plate, status, latitude, longitude, note)
        SELECT n, '184 TUN ' || n, 'ON_THE_WAY', 36.8065, 10.1815, CASE WHEN n = $3 THEN 'THE-LAST' ELSE '' END
        FROM generate_series($1::bigint, $2::bigint) n`,
      [from, Math.min(from + rows - 1, events), events],
    )
  }
  await session.query('VACUUM ANALYZE')
  await session.end()
  return { url: contender.url, cursor }
}

/** A hub that has just started, so that nothing of it is in its memory, and one client. */
async function replay(url, { cursor, events, profile }) {
  const execArgv = profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
  const hub = await startRtbridge(url, { env, execArgv })
  const before = hub.cpuSeconds()
  const contender = { hub, kind: 'rtbridge-batch' }
  const crowd = await openCrowd(contender, 1, { probes: 1, greet: resumeFrom(cursor), expects: events })
  const { begun, last } = await crowd.ask({ until: 'done' })
  const measured = {
    perSecond: (events * 1e6) / (last - begun),
    hubMicroseconds: ((hub.cpuSeconds() - before) * 1e6) / events,
    memory: hub.memory().highest,
  }
  await crowd.stop()
  await hub.stop()
  return measured
}

/** The least that a replay takes: a program that reads the same rows from PostgreSQL, and does nothing with them. */
async function readAlone(url, events) {
  const client = await startProgram(program, { url })
  const { ms, rows: found } = await client.ask({ statement })
  await client.stop()
  // With the rows by which hubs find out that they hear and read.
  if (found < events) throw new Error(`${found} of ${events} rows came`)
  return { perSecond: (events * 1e3) / ms }
}

function report(cells) {
  const speeds = list => list.map(({ perSecond }) => perSecond)
  const figures = cells.map(({ events, results: { hub, reading } }) => ({
    events,
    perSecond: median(speeds(hub)),
    readingPerSecond: median(speeds(reading)),
    toReading: compare(speeds(reading), speeds(hub)).median,
    work: median(hub.map(({ hubMicroseconds }) => hubMicroseconds)),
    memory: Math.max(...hub.map(({ memory }) => memory)),
  }))
  return {
    tables: [
      {
        caption:
          'One client comes back to a hub that has just started, takes its events in batches, and gets all of them out of the journal. Beside it a program that only reads the same rows of the journal.',
        columns: [
          'events missed',
          'events/s',
          'only read, rows/s',
          'a replay takes',
          'the hub’s work for one, µs',
          'hub, MiB at most',
        ],
        rows: figures.map(({ events, perSecond, readingPerSecond, toReading, work, memory }) => [
          events.toLocaleString('en'),
          Math.round(perSecond).toLocaleString('en'),
          Math.round(readingPerSecond).toLocaleString('en'),
          `${toReading.toFixed(2)} ×`,
          work.toFixed(2),
          Math.round(memory / 2 ** 20),
        ]),
      },
    ],
    plots:
      figures.length < 2
        ? []
        : [
            {
              name: 'backlog',
              kind: 'lines',
              title: 'Seconds until one client has what it missed, by events',
              xAxis: 'events',
              series: [
                {
                  name: 'rtbridge, batches',
                  points: figures.map(({ events, perSecond }) => [events, events / perSecond]),
                },
              ],
            },
          ],
    targets: figures
      .filter(({ events }) => events === 1_000_000)
      .map(({ perSecond, readingPerSecond, toReading, memory }) => ({
        what: 'replay of a 1,000,000-event backlog to one client',
        asked: '≥ 100,000 events/s, hub RSS < 250 MB',
        measured: `${Math.round(perSecond).toLocaleString('en')} events/s, ${Math.round(memory / 1e6)} MB; a program that only reads these rows ${Math.round(readingPerSecond).toLocaleString('en')}/s, a replay takes ${toReading.toFixed(2)} times as long`,
        reached: perSecond >= 100_000 && memory < 250e6,
      })),
    data: cells,
  }
}
