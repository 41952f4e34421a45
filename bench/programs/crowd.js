// Many clients of one hub in one process. They count what comes; some of them, the probes, note when each event came.
import WebSocket from 'ws'
import { protocols } from './protocols.js'
import { asked, serve, tell } from './tell-parent.js'

const { port, kind, clients: size, probes, greet, expects = null } = asked
const protocol = protocols[kind]
/** Opened at the same time. */
const atOnce = 50
/** Nothing comes for so long: something was lost. */
const patienceMs = 30_000
const theLast = Buffer.from('THE-LAST')
const eventMark = Buffer.from('"event_type"')
const clients = Array.from({ length: size }, (_, at) => ({ isProbe: isProbe(at), count: 0, arrivals: [] }))
// What is missed comes at once, before anybody could ask.
let expectation = expects === null ? null : expect(expects)

const queue = clients.values()
const begun = now()
await Promise.all(
  Array.from({ length: atOnce }, async () => {
    for (const client of queue) await connect(client)
  }),
)
tell({ clients: size })

/**
 * Waits for so many events at each client; `arm` only begins to count.
 * @returns when clients began to connect, when the first and the last event came, and the arrivals at the probes, microseconds of the machine's clock
 */
serve(async ({ arm, until }) => {
  if (arm !== undefined) {
    expectation = expect(arm)
    return 'armed'
  }
  if (until === 'done') return { begun, ...(await expectation.done) }
  throw new Error('neither arm nor until')
})

/** Probes are spread evenly over the order in which clients came, the first and the last among them. */
function isProbe(at) {
  const count = Math.min(probes, size)
  return Math.floor((at * count) / size) !== Math.floor(((at - 1) * count) / size) || at === size - 1
}

async function connect(client) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${protocol.path}`, {
    perMessageDeflate: false,
    skipUTF8Validation: true,
  })
  await new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('open', () => {
      if (protocol.greet === null) resolve()
      else socket.send(greet ?? protocol.greet)
    })
    let isReady = protocol.greet === null
    socket.on('message', frame => {
      if (isReady) return receive(client, socket, frame)
      isReady = protocol.isReady(frame)
      if (isReady) resolve()
    })
  })
  socket.once('close', code => expectation?.fail(`a client was closed with ${code}`))
}

function receive(client, socket, frame) {
  const answer = protocol.answer(frame)
  if (answer !== null) socket.send(answer)
  if (expectation === null) return
  const isLast = protocol.isBatch ? frame.indexOf(theLast) >= 0 : false
  if (client.isProbe) note(client, frame)
  else if (!protocol.isBatch && protocol.isEvent(frame)) client.count++
  if (isLast || client.count === expectation.events) expectation.finish(client)
}

/** Counts the events of a frame and when they came. */
function note(client, frame) {
  const at = now()
  expectation.heard = at
  if (expects !== null) {
    for (let place = 0; ; client.count++) {
      place = frame.indexOf(eventMark, place + 1)
      if (place < 0) return
    }
  }
  for (const [, n] of frame.latin1Slice().matchAll(/"n": ?(\d+)/g)) {
    // In a frame of ours the row stands once: these are inserts.
    client.count++
    client.arrivals.push(Number(n), at)
  }
}

function expect(events) {
  const waiting = new Set(clients)
  const times = { first: null, last: null }
  for (const client of clients) Object.assign(client, { count: 0, arrivals: [] })
  const made = { events, heard: now(), finish: () => {}, fail: () => {}, done: null }
  made.done = new Promise((resolve, reject) => {
    const look = setInterval(() => {
      if (now() - made.heard > patienceMs * 1_000) made.fail(`${waiting.size} clients did not get everything`)
    }, 1_000)
    made.fail = text => {
      clearInterval(look)
      reject(new Error(text))
    }
    made.finish = client => {
      if (!waiting.delete(client)) return
      times.first ??= now()
      if (waiting.size > 0) return
      times.last = now()
      clearInterval(look)
      const probed = clients.filter(({ isProbe }) => isProbe)
      const short = probed.filter(({ count }) => count !== events)
      if (short.length > 0) return reject(new Error(`a probe got ${short[0].count} of ${events} events`))
      resolve({ ...times, arrivals: probed.map(({ arrivals }) => Float64Array.from(arrivals)) })
    }
  })
  made.done.catch(() => {})
  return made
}

function now() {
  return Number(process.hrtime.bigint() / 1_000n)
}
