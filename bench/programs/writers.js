// Writers: one transaction after the other on every connection until time is up. Tells the number of committed transactions.
import pg from 'pg'
import { loads } from './loads.js'
import { asked, serve, tell } from './tell-parent.js'

const { url, load, writers, flushUs } = asked
const { transaction } = loads[load]
const clients = await Promise.all(
  Array.from({ length: writers }, async () => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    // As if the disk took so much longer to confirm a flush.
    await client.query(`SET commit_delay = ${flushUs}; SET commit_siblings = 0`)
    return client
  }),
)
let round = 0
tell('ready')

serve(async ({ seconds }) => {
  const start = performance.now()
  const end = start + seconds * 1_000
  round++
  const counts = await Promise.all(
    clients.map(async (client, writer) => {
      let count = 0
      for (; performance.now() < end; count++) await transaction(client, { writer, writers, count, round })
      return count
    }),
  )
  const transactions = counts.reduce((sum, count) => sum + count, 0)
  return { transactions, perSecond: (transactions * 1_000) / (performance.now() - start) }
})
