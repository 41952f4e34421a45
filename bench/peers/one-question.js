// No bridge: the least that a program of Node does which looks into the database once a second.
import pg from 'pg'
import { asked, tell } from '../programs/tell-parent.js'

const client = new pg.Client({ connectionString: asked.url })
await client.connect()
const look = { name: 'look', text: 'SELECT $1::bigint, pg_current_snapshot()', values: ['1'] }
setInterval(() => client.query(look), 1_000)
tell({ port: 0 })
