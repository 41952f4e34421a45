// A client that asks for all rows of a table and counts them, or reads the rows of a statement from PostgreSQL itself. Tells how
// long it took.
import pg from 'pg'
import Cursor from 'pg-cursor'
import WebSocket from 'ws'
import { asked, serve, tell } from './tell-parent.js'

const mark = Buffer.from('"184 TUN ')
tell('ready')

serve(({ statement = null }) => (statement === null ? askHub() : askDatabase(statement)))

async function askHub() {
  const start = performance.now()
  const socket = new WebSocket(`ws://127.0.0.1:${asked.port}/`, { skipUTF8Validation: true })
  const found = { rows: 0, firstMs: null }
  await new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('open', () => {
      const subscriptions = [{ id: 'all', tables: ['positions'], snapshot: true }]
      socket.send(JSON.stringify({ message_type: 'register', data: { app_name: 'bench', subscriptions } }))
    })
    socket.on('message', frame => {
      if (frame.includes('"message_type":"error"')) reject(new Error(frame.toString()))
      if (frame.includes('"message_type":"snapshot_end"')) return resolve()
      if (!frame.includes('"message_type":"snapshot"')) return
      found.firstMs ??= performance.now() - start
      for (let at = frame.indexOf(mark); at >= 0; at = frame.indexOf(mark, at + 1)) found.rows++
    })
  })
  socket.terminate()
  return { ...found, ms: performance.now() - start }
}

async function askDatabase(statement) {
  const start = performance.now()
  const client = new pg.Client({ connectionString: asked.url })
  await client.connect()
  const cursor = client.query(new Cursor(statement))
  const found = { rows: 0, firstMs: null }
  for (let rows = await cursor.read(5_000); rows.length > 0; rows = await cursor.read(5_000)) {
    found.firstMs ??= performance.now() - start
    found.rows += rows.length
  }
  await client.end()
  return { ...found, ms: performance.now() - start }
}
