// A hub in a process of its own. Arguments: url, number of clients that take everything. Prints `ready` and its port, and on SIGTERM a
// JSON line with what it delivered and what its reader did.
import WebSocket from 'ws'
import { createLogger, loadConfig, startDaemon } from '../../dist/index.js'

const { config } = loadConfig({
  flags: { 'hub.host': '127.0.0.1', 'hub.port': '0', 'auth.mode': 'open' },
  env: { RTBRIDGE_DATABASE_URL: process.argv[2] },
  cwd: new URL('.', import.meta.url).pathname,
})
const daemon = await startDaemon({ config, logger: createLogger('warn') })
await daemon.live
const clients = await Promise.all(Array.from({ length: Number(process.argv[3] ?? 0) }, connect))
console.log(`ready ${daemon.port}`)
process.on('SIGTERM', async () => {
  const { capture, hub } = daemon.status()
  console.log(JSON.stringify({ delivered: hub.counters.delivered, capture, rss: process.memoryUsage().rss }))
  for (const client of clients) client.terminate()
  await daemon.close()
})

/** A client that takes its frames and looks at none of them: the apps' own work is not the hub's. */
async function connect() {
  const client = new WebSocket(`ws://127.0.0.1:${daemon.port}/`)
  await new Promise(resolve => client.once('open', resolve))
  client.send(JSON.stringify({ message_type: 'register', data: { app_name: 'bench', batch: true } }))
  await new Promise(resolve => client.once('message', resolve))
  return client
}
