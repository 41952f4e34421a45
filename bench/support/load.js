// The writers, in a process of their own: inserts one row per transaction on every connection until time is up.
// Arguments: url, table, writers, seconds. Prints the number of committed transactions.
import pg from 'pg'

const [url, table, writers, seconds] = process.argv.slice(2)
const end = performance.now() + Number(seconds) * 1000

async function write(writer) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const insert = {
    name: 'insert',
    text: `INSERT INTO ${table} (destination_id, license_plate, seats, amount, status) VALUES ($1, $2, $3, $4, 'ACTIVE')`,
  }
  let count = 0
  while (performance.now() < end) {
    const values = [`station-${writer % 7}`, `${writer} TUN ${count}`, (count % 8) + 1, '12.50']
    await client.query({ ...insert, values })
    count++
  }
  await client.end()
  return count
}

const counts = await Promise.all(Array.from({ length: Number(writers) }, (_, writer) => write(writer)))
console.log(counts.reduce((sum, count) => sum + count, 0))
