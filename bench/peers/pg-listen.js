// The same with pg-listen, which reconnects and parses payloads.
import createSubscriber from 'pg-listen'
import { WebSocketServer } from 'ws'
import { asked, tell } from '../programs/tell-parent.js'

const hub = new WebSocketServer({ host: '127.0.0.1', port: 0 })
const subscriber = createSubscriber({ connectionString: asked.url })
subscriber.events.on('error', error => {
  console.error(error)
  process.exit(1)
})
subscriber.notifications.on('table_events', change => {
  const frame = JSON.stringify(change)
  for (const socket of hub.clients) {
    if (socket.readyState === socket.OPEN) socket.send(frame)
  }
})
await subscriber.connect()
await subscriber.listenTo('table_events')
tell({ port: hub.address().port })
