// A small desk: prints what happens at the station and never misses anything while this program runs.
//
//   node client.js [ws://127.0.0.1:8765]
//
// It shows all that a client of the raw protocol needs: register, keep the cursor, come back with it, drop what it
// has seen. Browsers have WebSocket built in; Node does from version 22, so this takes the one of `ws`.
import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'

const url = process.argv[2] ?? 'ws://127.0.0.1:8765'

/** "Everything up to here has arrived." A real app keeps it on disk together with what it built from the events. */
let cursor = null
/** After a return, events may come a second time, with the same id. */
const seenIds = new Set()
/** Longest pause before the next attempt, ms. */
let retryMs = 500

for (;;) {
  await stayConnected()
  await pause(Math.random() * retryMs)
  retryMs = Math.min(retryMs * 2, 15_000)
}

/** Ends when the connection has ended, for whatever reason. */
function stayConnected() {
  return new Promise(resolve => {
    const socket = new WebSocket(url)
    const send = (message_type, data) =>
      socket.send(JSON.stringify({ message_type, data, timestamp: new Date().toISOString() }))

    socket.on('open', () => send('register', { app_name: 'Wasla desk', batch: true, resume: cursor }))
    socket.on('message', frame => receive(JSON.parse(frame), send))
    socket.on('error', error => console.error(`cannot reach ${url}: ${error.message || error.code}`))
    socket.on('close', resolve)
  })
}

function receive({ message_type, data }, send) {
  switch (message_type) {
    case 'registered':
      // From here on nothing is missed. `gap` means that something was, while we were away.
      console.log(`connected (${data.resumed})`)
      if (data.resumed === 'gap') console.log('too long away: read the tables again')
      cursor = data.cursor
      retryMs = 500
      // Vehicles are announced in the room of their destination.
      send('join', { room: 'destination:sfax' })
      break
    case 'events':
      data.events.forEach(show)
      cursor = data.cursor ?? cursor
      break
    case 'checkpoint':
      cursor = data.cursor
      break
    case 'gap':
      // After a restore the same ids can stand for other events.
      seenIds.clear()
      cursor = data.cursor
      break
    case 'going_away':
      // Each client is told another moment, so that they do not all come back at once.
      retryMs = data.retry_ms
      break
    case 'error':
      console.error(`${data.code}: ${data.message}; try: ${data.hint}`)
      break
  }
}

function show(event) {
  if (seenIds.has(event.event_id)) return
  seenIds.add(event.event_id)
  // Ids come back only shortly after a return; the oldest can go.
  if (seenIds.size > 10_000) seenIds.delete(seenIds.values().next().value)
  console.log(event.timestamp, event.event_type, event.table, JSON.stringify(event.data))
}
