// The bridge one writes by hand: LISTEN on a connection of its own, and every payload to every socket.
import pg from 'pg'
import { WebSocketServer } from 'ws'
import { asked, tell } from '../programs/tell-parent.js'

const hub = new WebSocketServer({ host: '127.0.0.1', port: 0 })
const listener = new pg.Client({ connectionString: asked.url })
await listener.connect()
listener.on('notification', ({ payload }) => {
  for (const socket of hub.clients) {
    if (socket.readyState === socket.OPEN) socket.send(payload)
  }
})
await listener.query('LISTEN table_events')
tell({ port: hub.address().port })
