// The desks' own backend: serves the page, and writes to PostgreSQL what the desks ask for. It knows nothing of
// rtbridge: what it writes reaches the other desks because the tables are captured.
//
//   DATABASE_URL=postgres://… [HUB_URL=ws://office-server:8765] [HOST=127.0.0.1] [PORT=8080] node serve.js
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { Pool } from 'pg'

const { DATABASE_URL, HUB_URL = null, HOST = '127.0.0.1', PORT = '8080' } = process.env
const database = new Pool({ connectionString: DATABASE_URL })
// A database that goes away and comes back is none of this program's business: the next query connects anew.
database.on('error', error => console.error(error.message))

/** Where the package is; its statements of `rtbridge demo` are used here, with values as parameters, never as text. */
const rtbridge = import.meta.resolve('rtbridge/package.json')
const sql = name => readFileSync(new URL(`sql/demo/${name}.sql`, rtbridge), 'utf8')

/** What a desk may do: a statement that returns the row it made, or no row when that is not possible any more. */
const actions = {
  book: [sql('book_seats'), ({ vehicle, seats, phone, desk }) => [vehicle, seats, phone || null, desk]],
  cancel: [sql('cancel_booking'), ({ booking }) => [booking]],
  enter: [sql('enter_queue'), ({ destination, plate, seats }) => [destination, plate, seats]],
  leave: [sql('depart_vehicle'), ({ vehicle, desk }) => [vehicle, desk]],
}

const own = (type, name) => [type, new URL(`public/${name}`, import.meta.url)]
const files = {
  '/': own('text/html', 'index.html'),
  '/desk.css': own('text/css', 'desk.css'),
  '/desk.js': own('text/javascript', 'desk.js'),
  '/show.js': own('text/javascript', 'show.js'),
  '/texts.js': own('text/javascript', 'texts.js'),
  // The client for pages without a bundler, from the package.
  '/rtbridge-client.js': ['text/javascript', new URL('dist/browser/rtbridge-client.js', rtbridge)],
}

const server = createServer((request, response) => {
  answer(request)
    .catch(error => {
      console.error(error)
      return [500, { error: 'failed' }]
    })
    .then(([status, body, type = 'application/json']) => {
      response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-cache' })
      response.end(type === 'application/json' ? JSON.stringify(body) : body)
    })
})

// What would keep every desk from working is told before the first one comes.
await database.query('SELECT FROM destinations LIMIT 0').catch(({ code, message }) => {
  if (code === '42P01')
    giveUp('the database has no tables of the station', 'psql --file schema.sql "$DATABASE_URL"')
  giveUp(
    `the database cannot be used: ${message || code}`,
    'DATABASE_URL=postgres://user@host/database, and its password in PGPASSWORD; README.md says which',
  )
})
server.once('error', ({ message }) => giveUp(message, 'PORT=8081 node serve.js'))
server.listen(Number(PORT), HOST, () => console.log(`http://${HOST}:${server.address().port}/?desk=Desk+1`))

/** Ends with what is wrong, and what to do about it. */
function giveUp(problem, advice) {
  console.error(`${problem}\ntry: ${advice}`)
  process.exit(1)
}

async function answer(request) {
  const { method, headers } = request
  const { hostname: calledAs, pathname } = new URL(request.url, `http://${headers.host}`)
  if (!isOwnName(calledAs)) return [421, { error: 'not here' }]
  if (method === 'GET' && files[pathname]) return [200, readFileSync(files[pathname][1]), files[pathname][0]]
  if (method === 'GET' && pathname === '/api/station') return [200, await readStation()]
  const action = /^\/api\/(book|cancel|enter|leave)$/.exec(pathname)?.[1]
  if (method !== 'POST' || !action) return [404, { error: 'not found' }]
  // A page of another site cannot send this type without asking first, and nobody would answer.
  if (headers['content-type'] !== 'application/json') return [415, { error: 'not JSON' }]
  return act(actions[action], await readBody(request))
}

/** What the page needs once: where the hub is, and the destinations, which do not change while it is open. */
async function readStation() {
  const { rows } = await database.query(
    'SELECT id, name, name_ar, seat_price FROM destinations WHERE is_active ORDER BY name',
  )
  return { hub: HUB_URL, destinations: rows }
}

async function act([statement, valuesOf], body) {
  if (body === null) return [400, { error: 'refused' }]
  try {
    const { rows } = await database.query(statement, valuesOf(body))
    return rows.length > 0 ? [200, { id: rows[0].id }] : [409, { error: 'too late' }]
  } catch (error) {
    // Classes 22 and 23: a value that is none of its type, or that a constraint forbids.
    if (/^2[23]/.test(error.code)) return [400, { error: 'refused' }]
    throw error
  }
}

/** An object; null when it is too long, or none. */
async function readBody(request) {
  let text = ''
  for await (const part of request.setEncoding('utf8')) {
    text += part
    if (text.length > 10_000) return null
  }
  try {
    const body = JSON.parse(text)
    return typeof body === 'object' ? body : null
  } catch {
    return null
  }
}

/** Else a page of another site could give this address a name of its own, and read and write as it likes. */
function isOwnName(name) {
  const own = hostname().toLowerCase()
  return isIP(name.replace(/[[\]]/g, '')) > 0 || ['localhost', own, `${own}.local`].includes(name)
}
