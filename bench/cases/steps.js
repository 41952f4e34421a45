import { contenders } from '../support/contenders.js'
import { closeStage, openStage } from '../support/positions.js'
import { interleave } from '../support/rounds.js'
import { openServer } from '../support/server.js'
import { median } from '../support/statistics.js'
import { timesOf, warmUp } from '../support/times.js'

export const title = 'Where the time from commit to client goes'

/** Ours, and the least: one that reads a journal and checks nothing, and one that only passes on what it hears. */
const names = ['rtbridge-batch', 'journal-ws', 'notify-ws']
const clients = 100
const perSecond = 50
export const sizes = {
  quick: { seconds: 1.5, rounds: 3 },
  standard: { seconds: 10, rounds: 3 },
  full: { seconds: 10, rounds: 9 },
}

/** From one note to the next, µs. */
const steps = [
  { what: 'bell heard, until the question is with the system', of: ({ rung, asked }) => asked - rung },
  { what: 'PostgreSQL, and both ways', of: ({ asked, answered }) => answered - asked },
  {
    what: 'until the first client is written to',
    of: ({ rung, answered, first }) => first - (answered ?? rung),
  },
  { what: 'until the last of 100 is', of: ({ first, last }) => last - first },
]

export async function run({ size, log, profile }) {
  const server = await openServer()
  try {
    const preload = 'support/note-steps.js'
    const stage = await openStage(server, names, { clients, probes: 20, profile, preload })
    const events = Math.round(perSecond * size.seconds)
    for (const name of names) {
      await timesOf(stage.get(name), warmUp(clients))
      await stage.get(name).hub.ask('steps')
    }
    const results = await interleave(names, size.rounds, async (name, round) => {
      const contender = stage.get(name)
      const { committed } = await timesOf(contender, { events, perSecond })
      const noted = (await contender.hub.ask('steps')).events.filter(event => event.clients >= clients)
      log(`round ${round + 1}  ${name.padEnd(14)} ${noted.length} of ${events} events noted whole`)
      return { committed, noted }
    })
    await closeStage(stage)
    return report(results)
  } finally {
    await server.close()
  }
}

function report(results) {
  const found = names.map(name => {
    const noted = results[name].flatMap(round => round.noted)
    const inHub = steps.map(({ of }) => micros(noted.map(of)))
    const total = micros(results[name].flatMap(round => round.committed))
    return { name, inHub, whole: micros(noted.map(({ rung, last }) => last - rung)), total }
  })
  const row = (what, of) => [what, ...found.map(each => of(each) ?? '')]
  return {
    tables: [
      {
        caption: `µs in the median, ${clients} clients, ${perSecond} tx/s: noted where it reaches a socket of the hub and leaves one. Medians do not add up.`,
        columns: ['', ...names.map(name => contenders[name].title)],
        rows: [
          ...steps.map(({ what }, at) => row(what, ({ inHub }) => inHub[at])),
          row('in the hub, from bell to last client', ({ whole }) => whole),
          row('from the commit, known to its writer, to a client', ({ total }) => total),
        ],
      },
    ],
    data: found,
  }
}

/** The median of a list of milliseconds, in µs; null for steps that are not taken. */
function micros(list) {
  const known = list.filter(Number.isFinite)
  return known.length === 0 ? null : Math.round(median(known) * 1_000)
}
