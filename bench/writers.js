// Writers' throughput: no trigger, a hand-written pg_notify trigger, and rtbridge with a hub reading, in turn.
//
//   npm run bench -- --writers 32 --seconds 5 --rounds 3 --clients 1
//   npm run bench -- --load pgbench              the transaction of pgbench instead of a single INSERT
//   npm run bench -- --flush-us 1000             as if a flush to disk took a millisecond longer (commit_delay)
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
import { loads } from './support/loads.js'

const { values: flags } = parseArgs({
  options: {
    writers: { type: 'string', default: '32' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    clients: { type: 'string', default: '1' },
    load: { type: 'string', default: 'insert' },
    'flush-us': { type: 'string', default: '0' },
    'no-hub': { type: 'boolean', default: false },
  },
})
const run = promisify(execFile)
const script = name => new URL(`support/${name}`, import.meta.url).pathname

const { setUp, captured } = loads[flags.load]
const classic = `
  CREATE FUNCTION notify_change() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM pg_notify('table_events', json_build_object('table', TG_TABLE_NAME, 'op', TG_OP, 'data', row_to_json(NEW))::text);
    RETURN NEW;
  END $$;
  ${Object.keys(captured)
    .map(
      table =>
        `CREATE TRIGGER notify_change AFTER INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION notify_change();`,
    )
    .join('\n')}`
const rtbridge = Object.entries(captured)
  .map(([table, key]) => `SELECT rtbridge.capture_table('${table}', '{${key}}');`)
  .join('\n')
const triggers = { bare: '', classic, captured: rtbridge }

const server = await openEmbeddedServer({
  settings: {
    max_connections: '200',
    shared_buffers: '256MB',
    commit_delay: flags['flush-us'],
    commit_siblings: '0',
  },
})
try {
  const url = server.url()
  await migrateSchema({ url, connectTimeoutMs: 5_000, answerTimeoutMs: 0 })
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  for (const [schema, trigger] of Object.entries(triggers)) {
    await admin.query(`CREATE SCHEMA ${schema}; SET search_path = ${schema}; ${setUp}; ${trigger}`)
  }
  await admin.query('RESET search_path')
  await admin.query('VACUUM ANALYZE')
  const listener = new pg.Client({ connectionString: url })
  await listener.connect()
  await listener.query('LISTEN table_events; LISTEN rtbridge')
  let rings = 0
  listener.on('notification', ({ channel }) => {
    if (channel === 'rtbridge') rings++
  })
  const hub = flags['no-hub'] ? null : await startHub(url)
  const results = { bare: [], classic: [], captured: [] }
  for (let round = 1; round <= Number(flags.rounds); round++) {
    for (const schema of Object.keys(results)) {
      await admin.query('CHECKPOINT')
      const { stdout } = await run(process.execPath, [
        script('load.js'),
        url,
        schema,
        flags.load,
        flags.writers,
        flags.seconds,
      ])
      results[schema].push(Number(stdout) / Number(flags.seconds))
      console.error(`round ${round}  ${schema.padEnd(9)} ${Math.round(results[schema].at(-1))} tx/s`)
    }
  }
  const written = Number((await admin.query('SELECT count(*) FROM rtbridge.journal')).rows[0].count)
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
