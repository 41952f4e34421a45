// The next step after the bridge by hand: a journal of one's own, read by its numbers at every NOTIFY. It loses what is
// committed late, and is the least that a bridge with a journal takes: one question for each ring, nothing checked.
import pg from 'pg'
import { WebSocketServer } from 'ws'
import { asked, tell } from '../programs/tell-parent.js'

const hub = new WebSocketServer({ host: '127.0.0.1', port: 0 })
const [listener, reader] = await Promise.all(
  ['listener', 'reader'].map(async () => {
    const client = new pg.Client({ connectionString: asked.url })
    await client.connect()
    return client
  }),
)
const since = {
  name: 'since',
  text: 'SELECT id, table_name, op, data::text FROM own_journal WHERE id > $1 ORDER BY id',
}
let last = 0
let isReading = false
let isRung = false

listener.on('notification', async () => {
  isRung = true
  if (isReading) return
  isReading = true
  while (isRung) {
    isRung = false
    const { rows } = await reader.query({ ...since, values: [last] })
    for (const row of rows) send(row)
  }
  isReading = false
})
await listener.query('LISTEN table_events')
tell({ port: hub.address().port })

function send({ id, table_name: table, op, data }) {
  last = id
  const frame = `{"id": ${id}, "table": ${JSON.stringify(table)}, "op": "${op}", "data": ${data}}`
  for (const socket of hub.clients) {
    if (socket.readyState === socket.OPEN) socket.send(frame)
  }
}
