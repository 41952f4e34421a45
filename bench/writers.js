// Writers' throughput: no trigger, a hand-written pg_notify trigger, and rtbridge with a hub reading, in turn.
//
//   npm run bench -- --writers 32 --seconds 5 --rounds 3 --clients 1
//   npm run bench -- --no-hub                    what the triggers alone cost
//
// The rounds are interleaved, so that a machine whose speed drifts does not favour one of them. Ratios are what counts.
import { execFile, spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { createInterface } from 'node:readline'
import { parseArgs, promisify } from 'node:util'
import pg from 'pg'
import { migrateSchema } from '../dist/database/migrate-schema.js'
import { openEmbeddedServer } from '../dist/demo/embedded-server.js'

const { values: flags } = parseArgs({
  options: {
    writers: { type: 'string', default: '32' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    clients: { type: 'string', default: '1' },
    'no-hub': { type: 'boolean', default: false },
  },
})
const run = promisify(execFile)
const script = name => new URL(`support/${name}`, import.meta.url).pathname

const columns = `(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, destination_id text NOT NULL,
  license_plate text NOT NULL, seats int NOT NULL, amount numeric(10,2) NOT NULL, status text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now())`
const setUp = `
  CREATE TABLE bare ${columns};
  CREATE TABLE classic ${columns};
  CREATE TABLE captured ${columns};
  CREATE FUNCTION notify_change() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM pg_notify('booking_events', json_build_object('table', TG_TABLE_NAME, 'op', TG_OP, 'data', row_to_json(NEW))::text);
    RETURN NEW;
  END $$;
  CREATE TRIGGER notify_change AFTER INSERT ON classic FOR EACH ROW EXECUTE FUNCTION notify_change();
  SELECT rtbridge.capture_table('captured', '{id}');`

const server = await openEmbeddedServer({ settings: { max_connections: '200', shared_buffers: '256MB' } })
try {
  const url = server.url()
  await migrateSchema({ url, connectTimeoutMs: 5_000, answerTimeoutMs: 0 })
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  await admin.query(setUp)
  const listener = new pg.Client({ connectionString: url })
  await listener.connect()
  await listener.query('LISTEN booking_events; LISTEN rtbridge')
  let rings = 0
  listener.on('notification', ({ channel }) => {
    if (channel === 'rtbridge') rings++
  })
  const hub = flags['no-hub'] ? null : await startHub(url)
  const results = { bare: [], classic: [], captured: [] }
  for (let round = 1; round <= Number(flags.rounds); round++) {
    for (const table of Object.keys(results)) {
      await admin.query('CHECKPOINT')
      const { stdout } = await run(process.execPath, [
        script('load.js'),
        url,
        table,
        flags.writers,
        flags.seconds,
      ])
      results[table].push(Number(stdout) / Number(flags.seconds))
      console.error(`round ${round}  ${table.padEnd(9)} ${Math.round(results[table].at(-1))} tx/s`)
    }
  }
  const written = Number((await admin.query('SELECT count(*) FROM captured')).rows[0].count)
  const report = (await hub?.stop()) ?? null
  await listener.end()
  await admin.end()
  await publish(results, { written, rings, hub: report })
} finally {
  await server.close()
}

async function startHub(url) {
  const child = spawn(process.execPath, [script('hub.js'), url, flags.clients], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  await lines.next()
  return {
    async stop() {
      child.kill('SIGTERM')
      return JSON.parse((await lines.next()).value)
    },
  }
}

async function publish(results, facts) {
  const median = list => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]
  const ratio = (a, b) => median(results[a].map((value, round) => value / results[b][round]))
  const summary = {
    node: process.version,
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    ...flags,
    transactionsPerSecond: Object.fromEntries(
      Object.entries(results).map(([name, list]) => [name, median(list)]),
    ),
    capturedToBare: ratio('captured', 'bare'),
    capturedToClassic: ratio('captured', 'classic'),
    ...facts,
  }
  const folder = new URL('results/', import.meta.url)
  await mkdir(folder, { recursive: true })
  await writeFile(new URL('writers.json', folder), `${JSON.stringify(summary, null, 2)}\n`)
  console.log(JSON.stringify(summary, null, 2))
}
