import { once } from 'node:events'
import WebSocket from 'ws'
import { startProgram } from './processes.js'

const program = new URL('../programs/crowd.js', import.meta.url).pathname

/**
 * So many clients of a contender, in a process of their own.
 *
 * @param probes clients that note when each event came; the others count
 * @param greet what they say first instead of the usual
 * @param expects events that come without anybody writing them, because they were missed
 */
export async function openCrowd({ name, hub, kind }, clients, { probes = 20, greet, expects } = {}) {
  const crowd = await startProgram(program, { name, port: hub.port, kind, clients, probes, greet, expects })
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

/** The cursor a client gets that comes in now. */
export async function readCursor({ hub }) {
  const socket = new WebSocket(`ws://127.0.0.1:${hub.port}/`)
  await once(socket, 'open')
  socket.send(JSON.stringify({ message_type: 'register', data: { app_name: 'bench' } }))
  const [frame] = await once(socket, 'message')
  socket.terminate()
  return JSON.parse(frame).data.cursor
}

/** What a client says that was away since. */
export function resumeFrom(cursor) {
  return JSON.stringify({
    message_type: 'register',
    data: { app_name: 'bench', batch: true, resume: cursor },
  })
}
