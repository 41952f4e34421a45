import { contenders } from '../support/contenders.js'
import { closeStage, openStage } from '../support/positions.js'
import { interleave } from '../support/rounds.js'
import { openServer } from '../support/server.js'
import { compare, median, spread } from '../support/statistics.js'
import { timesOf, warmUp } from '../support/times.js'

export const title = 'Commit to client'

/** Ours as our own client takes events, in batches with their checkpoint, and as any other may, one by one. */
const names = ['rtbridge-batch', 'rtbridge', 'notify-ws', 'journal-ws', 'pg-listen', 'pg-pubsub', 'socket-io']
/** Without the journal that is read by its numbers: of what several sessions commit at once it loses some. */
const quickNames = names.filter(name => name !== 'journal-ws')
/** More single frames than that in a second is what two cores cannot keep up with: see fan-out. */
const mostFrames = 100_000
const crowdedNames = ['rtbridge-batch', 'notify-ws']
const trickle = 50
/** What the promise speaks of. */
const promised = { clients: 100, perSecond: trickle }
export const sizes = {
  quick: { clients: [100], perSecond: [50], seconds: 1.5, promisedSeconds: 1.5, rounds: 3 },
  // A hundred events are over before the processor has what it needs of a program in its caches: the promise is of an office's day.
  standard: { clients: [1, 100, 1_000], perSecond: [50, 1_000], seconds: 2, promisedSeconds: 10, rounds: 3 },
  full: { clients: [1, 100, 1_000], perSecond: [50, 1_000], seconds: 10, promisedSeconds: 10, rounds: 9 },
}

export async function run({ size, log, profile }) {
  const server = await openServer()
  const cells = []
  try {
    for (const clients of size.clients) {
      const present = new Set(size.perSecond.flatMap(pace => namesFor(clients, pace)))
      const stage = await openStage(server, present, { clients, probes: 20, profile })
      for (const perSecond of size.perSecond) {
        const seconds = isPromised({ clients, perSecond }) ? size.promisedSeconds : size.seconds
        const events = Math.round(perSecond * seconds)
        const measured = namesFor(clients, perSecond)
        for (const name of measured) await timesOf(stage.get(name), warmUp(clients))
        const results = await interleave(measured, size.rounds, async (name, round) => {
          const times = await timesOf(stage.get(name), { events, perSecond })
          log(
            `round ${round + 1}  ${clients} clients, ${perSecond} tx/s  ${name.padEnd(14)} p50 ${ms(spread(times.sent).p50)} ms`,
          )
          return times
        })
        cells.push({ clients, perSecond, results: summarise(results) })
      }
      await closeStage(stage)
    }
  } finally {
    await server.close()
  }
  return report(cells)
}

function isPromised({ clients, perSecond }) {
  return clients === promised.clients && perSecond === promised.perSecond
}

function namesFor(clients, perSecond) {
  if (perSecond <= trickle) return names
  return perSecond * clients <= mostFrames ? quickNames : crowdedNames
}

/** Percentiles over all rounds, and the median of each round to compare with. */
function summarise(results) {
  return Object.fromEntries(
    Object.entries(results).map(([name, rounds]) => [
      name,
      {
        sent: spread(rounds.flatMap(({ sent }) => sent)),
        committed: spread(rounds.flatMap(({ committed }) => committed)),
        medians: rounds.map(({ sent }) => median(sent)),
      },
    ]),
  )
}

function report(cells) {
  const rows = cells.flatMap(({ clients, perSecond, results }) =>
    Object.entries(results).map(([name, { sent, committed, medians }]) => {
      const times = compare(medians, results['notify-ws'].medians)
      return [
        clients,
        perSecond,
        contenders[name].title,
        ms(sent.p50),
        ms(sent.p99),
        ms(sent.p999),
        ms(committed.p50),
        ms(committed.p99),
        `${times.median.toFixed(2)} ×`,
      ]
    }),
  )
  const columns = [
    'clients',
    'tx/s',
    '',
    'p50 ms',
    'p99 ms',
    'p99.9 ms',
    'from commit: p50 ms',
    'p99 ms',
    'to pg_notify + ws',
  ]
  return {
    tables: [
      {
        caption:
          'From the INSERT being sent to the frame at a client; and from the moment the writer knew of its commit. A million frames in a second, to 1,000 clients, are more than the machine can do one by one: there it is as late as it is long.',
        columns,
        rows,
      },
    ],
    plots: [plotOf(cells)],
    targets: targetsOf(cells),
    data: cells,
  }
}

function plotOf(cells) {
  const slow = cells.filter(({ perSecond }) => perSecond === trickle)
  return {
    name: 'latency',
    kind: 'bars',
    title: `INSERT to client at ${trickle} tx/s, ms in the median`,
    groups: slow.map(({ clients }) => `${clients} clients`),
    series: names.map(name => ({
      name: contenders[name].title,
      values: slow.map(({ results }) => results[name].sent.p50),
    })),
  }
}

function targetsOf(cells) {
  const cell = cells.find(isPromised)
  if (cell === undefined) return []
  const { 'rtbridge-batch': ours, 'notify-ws': bare, 'journal-ws': limit } = cell.results
  const more = ours.sent.p50 - bare.sent.p50
  const timesLeast = ours.committed.p50 / limit.committed.p50
  return [
    {
      what: 'commit to client, 100 clients, 50 tx/s',
      asked: 'p50 ≤ 2 ms, p99 ≤ 10 ms; p50 within 1.5 ms of bare NOTIFY + ws',
      measured: `p50 ${ms(ours.committed.p50)} ms, p99 ${ms(ours.committed.p99)} ms; ${ms(more)} ms more than bare (with the INSERT: p50 ${ms(ours.sent.p50)} ms, p99 ${ms(ours.sent.p99)} ms). The least that reading a journal takes, unchecked: p50 ${ms(limit.committed.p50)} ms, p99 ${ms(limit.committed.p99)} ms; ours is ${timesLeast.toFixed(2)} times that`,
      reached: ours.committed.p50 <= 2 && ours.committed.p99 <= 10 && more <= 1.5,
    },
  ]
}

function ms(value) {
  return value.toFixed(2)
}
