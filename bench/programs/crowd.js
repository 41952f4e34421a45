// Many clients of one hub in one process. They count what comes; some of them, the probes, note when each event came.
import WebSocket from 'ws'
import { protocols } from './protocols.js'
import { asked, serve, tell } from './tell-parent.js'

const { name, port, kind, clients: size, probes, greet, expects = null } = asked
const protocol = protocols[kind]
/** Opened at the same time. */
const atOnce = 50
/** Nothing comes for so long: something was lost. */
const patienceMs = 30_000
const theLast = Buffer.from('THE-LAST')
const eventMark = Buffer.from('"event_type"')
const clients = Array.from({ length: size }, (_, at) => ({ isProbe: isProbe(at), ...nothing() }))
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
  socket.once('close', code => expectation?.fail(`${name}: a client was closed with ${code}`))
}

function receive(client, socket, frame) {
  const answer = protocol.answer(frame)
  if (answer !== null) socket.send(answer)
  if (expectation === null) return
  if (client.isProbe) note(client, frame)
  if (!protocol.isBatch) {
    if (protocol.isEvent(frame)) client.count++
    if (client.count === expectation.events) expectation.finish(client)
  } else if (frame.indexOf(theLast) >= 0) expectation.finish(client)
}

/** Keeps a frame and when it came. What is in it is looked at when all is over: others wait behind this one. */
function note(client, frame) {
  const at = now()
  expectation.heard = at
  if (expects === null) client.frames.push(frame, at)
  else client.seen += countIn(frame)
}

function countIn(frame) {
  let count = 0
  for (let place = frame.indexOf(eventMark); place >= 0; place = frame.indexOf(eventMark, place + 1)) count++
  return count
}

/** Pairs of an event's number and when it came, of all frames that were kept. */
function arrivalsOf({ frames }) {
  const arrivals = []
  for (let nth = 0; nth < frames.length; nth += 2) {
    // In a frame of ours the row stands once: these are inserts.
    for (const [, n] of frames[nth].latin1Slice().matchAll(/"n": ?(\d+)/g))
      arrivals.push(Number(n), frames[nth + 1])
  }
  return Float64Array.from(arrivals)
}

/** What a client starts with: frames that are counted, frames that are kept with when they came, events that were counted. */
function nothing() {
  return { count: 0, frames: [], seen: 0 }
}

function expect(events) {
  const waiting = new Set(clients)
  const times = { first: null, last: null }
  for (const client of clients) Object.assign(client, nothing())
  const made = { events, heard: now(), finish: () => {}, fail: () => {}, done: null }
  made.done = new Promise((resolve, reject) => {
    const look = setInterval(() => {
      if (now() - made.heard > patienceMs * 1_000)
        made.fail(`${name}: ${waiting.size} of ${size} clients did not get all of ${events} events`)
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
      const arrivals = probed.map(arrivalsOf)
      const counts = probed.map(({ seen }, nth) => seen + arrivals[nth].length / 2)
      const short = counts.find(count => count !== events)
      if (short !== undefined) return reject(new Error(`${name}: a probe got ${short} of ${events} events`))
      resolve({ ...times, arrivals })
    }
  })
  made.done.catch(() => {})
  return made
}

function now() {
  return Number(process.hrtime.bigint() / 1_000n)
}
