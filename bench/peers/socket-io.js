// Socket.IO with its PostgreSQL adapter, as its README sets it up. What clients get is emitted by the app that writes.
import { createServer } from 'node:http'
import { createAdapter } from '@socket.io/postgres-adapter'
import pg from 'pg'
import { Server } from 'socket.io'
import { asked, tell } from '../programs/tell-parent.js'

const pool = new pg.Pool({ connectionString: asked.url })
await pool.query(`
  CREATE TABLE IF NOT EXISTS socket_io_attachments (
    id bigserial UNIQUE, created_at timestamptz DEFAULT NOW(), payload bytea)`)
const http = createServer()
const io = new Server(http)
io.adapter(createAdapter(pool))
await new Promise(resolve => http.listen(0, '127.0.0.1', resolve))
tell({ port: http.address().port })
