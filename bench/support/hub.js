// A hub in a process of its own, with one client that reads everything. Argument: url. Prints `ready`, and on SIGTERM a
// JSON line with what it delivered and what its reader did.
import WebSocket from 'ws'
import { createLogger, loadConfig, startDaemon } from '../../dist/index.js'

const { config } = loadConfig({
  flags: { 'hub.host': '127.0.0.1', 'hub.port': '0' },
  env: { RTBRIDGE_DATABASE_URL: process.argv[2] },
  cwd: new URL('.', import.meta.url).pathname,
})
const daemon = await startDaemon({ config, logger: createLogger('warn') })
await daemon.live
const client = new WebSocket(`ws://127.0.0.1:${daemon.port}/`)
let events = 0
client.on('message', frame => {
  const message = JSON.parse(frame)
  if (message.message_type === 'registered') console.log('ready')
  if (message.message_type === 'events') events += message.data.events.length
})
client.on('open', () => {
  const data = { app_name: 'bench', batch: true }
  client.send(JSON.stringify({ message_type: 'register', data, timestamp: new Date().toISOString() }))
})
process.on('SIGTERM', async () => {
  console.log(JSON.stringify({ events, capture: daemon.status().capture, rss: process.memoryUsage().rss }))
  client.terminate()
  await daemon.close()
})
