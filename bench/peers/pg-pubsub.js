// The same with pg-pubsub.
import PGPubsub from 'pg-pubsub'
import { WebSocketServer } from 'ws'
import { asked, tell } from '../programs/tell-parent.js'

const hub = new WebSocketServer({ host: '127.0.0.1', port: 0 })
const pubsub = new PGPubsub(asked.url, { log: () => {} })
await pubsub.addChannel('table_events', change => {
  const frame = JSON.stringify(change)
  for (const socket of hub.clients) {
    if (socket.readyState === socket.OPEN) socket.send(frame)
  }
})
tell({ port: hub.address().port })
