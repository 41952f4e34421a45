// From the INSERT of a row to the frame at a client, at a trickle: a raw WebSocket client that only registers, beside a bare
// LISTEN connection on a table with a hand-written pg_notify trigger. Both in turn, in one run.
//
//   npm run bench:latency -- --inserts 300 --pause 20
//
// Times begin before the INSERT is sent and include it.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import WebSocket from 'ws'
import { migrateSchema } from '../dist/database/migrate-schema.js'
import { openEmbeddedServer } from '../dist/demo/embedded-server.js'

const { values: flags } = parseArgs({
  options: { inserts: { type: 'string', default: '300' }, pause: { type: 'string', default: '20' } },
})
const setUp = `
  CREATE TABLE classic (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, plate text);
  CREATE TABLE captured (LIKE classic INCLUDING ALL);
  CREATE FUNCTION notify_change() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN PERFORM pg_notify('classic_events', row_to_json(NEW)::text); RETURN NEW; END $$;
  CREATE TRIGGER notify_change AFTER INSERT ON classic FOR EACH ROW EXECUTE FUNCTION notify_change();
  SELECT rtbridge.capture_table('captured', '{id}');`

const server = await openEmbeddedServer()
try {
  const url = server.url()
  await migrateSchema({ url, connectTimeoutMs: 5_000, answerTimeoutMs: 0 })
  const writer = await connect(url)
  await writer.query(setUp)
  const listener = await connect(url)
  await listener.query('LISTEN classic_events')
  const child = spawn(process.execPath, [new URL('support/hub.js', import.meta.url).pathname, url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const [, port] = (await lines.next()).value.split(' ')
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`)
  await new Promise(resolve => socket.once('open', resolve))
  socket.send(JSON.stringify({ message_type: 'register', data: { app_name: 'bench' } }))
  await new Promise(resolve => socket.once('message', resolve))

  const heard = { classic: () => {}, captured: () => {} }
  listener.on('notification', () => heard.classic())
  socket.on('message', frame => {
    if (String(frame).includes('"realtime_event"')) heard.captured()
  })
  const times = { classic: [], captured: [] }
  for (let count = 0; count < Number(flags.inserts); count++) {
    for (const table of Object.keys(times)) {
      const arrived = new Promise(resolve => {
        heard[table] = resolve
      })
      const start = performance.now()
      const inserted = writer.query(`INSERT INTO ${table} (plate) VALUES ('184 TUN 9829')`)
      await arrived
      times[table].push(performance.now() - start)
      await inserted
      await pause(Number(flags.pause))
    }
  }
  socket.terminate()
  child.kill('SIGTERM')
  await new Promise(resolve => child.once('exit', resolve))
  await writer.end()
  await listener.end()
  for (const [name, list] of Object.entries(times)) {
    const sorted = list.toSorted((a, b) => a - b)
    const at = share => sorted[Math.floor(sorted.length * share)].toFixed(2)
    console.log(`${name.padEnd(9)} p50 ${at(0.5)} ms  p99 ${at(0.99)} ms`)
  }
} finally {
  await server.close()
}

async function connect(url) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}
