import { startProgram } from './processes.js'

const program = new URL('../programs/crowd.js', import.meta.url).pathname

/**
 * So many clients of a contender, in a process of their own.
 *
 * @param probes clients that note when each event came; the others count
 * @param greet what they say first instead of the usual
 */
export async function openCrowd({ hub, kind }, clients, { probes = 20, greet } = {}) {
  const crowd = await startProgram(program, { port: hub.port, kind, clients, probes, greet })
  return {
    ...crowd,
    /** Lets `write` make so many events. @returns what it gives, and when they came */
    async hear(events, write) {
      await crowd.ask({ arm: events })
      const written = await write()
      return { written, ...(await crowd.ask({ until: 'done' })) }
    },
  }
}
