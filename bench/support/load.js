// The writers, in a process of their own: one transaction after the other on every connection until time is up.
// Arguments: url, schema to write in, load (see loads.js), writers, seconds. Prints the number of committed transactions.
import pg from 'pg'
import { loads } from './loads.js'

const [url, schema, load, writers, seconds] = process.argv.slice(2)
const { transaction } = loads[load]
const end = performance.now() + Number(seconds) * 1000

async function write(writer) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`SET search_path = ${schema}`)
  let count = 0
  for (; performance.now() < end; count++) await transaction(client, writer, count)
  await client.end()
  return count
}

const counts = await Promise.all(Array.from({ length: Number(writers) }, (_, writer) => write(writer)))
console.log(counts.reduce((sum, count) => sum + count, 0))
