// Goes into the process of a hub before its own program, with `--import`: notes when what an event takes reaches a socket
// and leaves one. What a hub does is not touched; each note takes less than a microsecond.
import { Socket } from 'node:net'
import { Readable } from 'node:stream'

/** A notification, of what PostgreSQL says. @see https://www.postgresql.org/docs/current/protocol-message-formats.html */
const notification = 'A'.charCodeAt(0)
const events = []
/** The event under way; null until the bell rings. */
let event = null

/** What a socket reads: the bell, and what PostgreSQL answers until the first client is written to. */
Socket.prototype.push = function push(chunk, encoding) {
  if (chunk !== null && !isClient(this)) {
    const now = performance.now()
    if (chunk[0] === notification) ring(now)
    else if (event?.asked !== undefined && event.first === undefined) event.answered = now
  }
  return Readable.prototype.push.call(this, chunk, encoding)
}

for (const method of ['_write', '_writev']) {
  const write = Socket.prototype[method]
  Socket.prototype[method] = function noted(...args) {
    const now = performance.now()
    const result = write.apply(this, args)
    if (event === null) return result
    if (!isClient(this)) event.asked ??= now
    else {
      event.first ??= now
      event.last = performance.now()
      event.clients++
    }
    return result
  }
}

/** Clients come to the hub; it goes to PostgreSQL by itself. */
function isClient(socket) {
  return socket.server != null
}

function ring(now) {
  if (event?.first !== undefined) events.push(event)
  event = { rung: now, clients: 0 }
}

// Answers what was noted since the last time.
process.on('message', message => {
  if (message !== 'steps') return
  process.send({ events: events.splice(0) })
})
process.channel?.unref()
