import { migrateSchema } from '../../dist/database/migrate-schema.js'
import { handle, launch, startProgram } from './processes.js'
import { connect } from './server.js'
import { triggers } from './triggers.js'

const file = path => new URL(`../${path}`, import.meta.url).pathname

/** What brings changes to clients: ours, and what one would take instead. `kind`: how its clients speak. */
export const contenders = {
  rtbridge: { title: 'rtbridge', capture: 'rtbridge', kind: 'rtbridge' },
  'rtbridge-batch': { title: 'rtbridge, batches', capture: 'rtbridge', kind: 'rtbridge-batch' },
  'notify-ws': { title: 'pg_notify + ws', capture: 'notify', kind: 'plain', program: 'peers/notify-ws.js' },
  'journal-ws': {
    title: 'own journal + NOTIFY + ws',
    capture: 'journal-notify',
    kind: 'plain',
    program: 'peers/journal-ws.js',
    // What several sessions commit at once it loses some of.
    sessions: 1,
  },
  'pg-listen': { title: 'pg-listen + ws', capture: 'notify', kind: 'plain', program: 'peers/pg-listen.js' },
  'pg-pubsub': { title: 'pg-pubsub + ws', capture: 'notify', kind: 'plain', program: 'peers/pg-pubsub.js' },
  'one-question': {
    title: 'pg alone, a question a second',
    capture: 'none',
    program: 'peers/one-question.js',
  },
  // The app that writes tells the hub: there is no trigger.
  'socket-io': {
    title: 'Socket.IO + PostgreSQL emitter',
    capture: 'none',
    kind: 'socket-io',
    program: 'peers/socket-io.js',
    emits: true,
  },
}

/**
 * A database with tables that are captured, and a hub that reads it in a process of its own.
 *
 * @param setUp SQL that makes the tables
 * @param tables those that are captured, with their key
 * @param database its name; default the contender's
 * @param profile a folder for what the hub spent its time on; default none
 * @param preload a module that goes into the hub's process before its own program; default none
 */
export async function openContender(
  server,
  name,
  { setUp, tables, database = name, profile = null, preload = null, env = {} },
) {
  const contender = contenders[name]
  const url = await createCaptured(server, database, { setUp, tables, capture: contender.capture })
  const execArgv = [
    ...(profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]),
    ...(preload === null ? [] : ['--import', file(preload)]),
  ]
  const hub =
    contender.program === undefined
      ? await startRtbridge(url, { execArgv, env })
      : await startPeer(file(contender.program), url, execArgv)
  return { name, ...contender, url, hub }
}

/** A database with the tables and something on them that captures changes. */
export async function createCaptured(server, database, { setUp, tables, capture }) {
  const url = await server.createDatabase(database)
  if (capture === 'rtbridge') await migrateSchema({ url, connectTimeoutMs: 5_000, answerTimeoutMs: 0 })
  const session = await connect(url)
  await session.query(`${setUp}; ${triggers[capture](tables)}`)
  await session.query('VACUUM ANALYZE')
  await session.end()
  return url
}

async function startPeer(program, url, execArgv) {
  const peer = await startProgram(program, { url }, { execArgv })
  return { ...peer, port: peer.ready.port }
}

/** The hub as a user starts it. @returns when it reads */
export async function startRtbridge(url, { execArgv = [], env = {} } = {}) {
  const start = performance.now()
  const child = launch(file('../bin/rtbridge.js'), ['serve'], {
    execArgv,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    cwd: file('support'),
    env: {
      PATH: process.env.PATH,
      RTBRIDGE_DATABASE_URL: url,
      RTBRIDGE_HUB_HOST: '127.0.0.1',
      RTBRIDGE_HUB_PORT: '0',
      RTBRIDGE_AUTH_MODE: 'open',
      // Crowds come from one machine here, all at once.
      RTBRIDGE_LIMITS_HANDSHAKES: '100000',
      RTBRIDGE_LIMITS_CONNECTIONS: '100000',
      ...env,
    },
  })
  const found = {}
  await new Promise((resolve, reject) => {
    let said = ''
    const look = chunk => {
      said += chunk
      for (const line of said.split('\n').slice(0, -1)) {
        const { msg, port } = JSON.parse(line)
        if (msg === 'listening') Object.assign(found, { port, listeningMs: performance.now() - start })
        if (msg === 'database connected') found.liveMs = performance.now() - start
      }
      said = said.slice(said.lastIndexOf('\n') + 1)
      if (found.port !== undefined && found.liveMs !== undefined) resolve()
    }
    child.stdout.on('data', look)
    child.stderr.on('data', look)
    child.once('exit', code => reject(new Error(`rtbridge serve ended with ${code}`)))
  })
  return { ...handle(child), ...found }
}
