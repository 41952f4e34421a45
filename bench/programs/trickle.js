// A writer that commits at a given pace, whatever the answers take, or as fast as it can. Tells when each row was sent and
// when its commit was known. With `emits` it tells the hub, too, as an app does that has no trigger.
import { setTimeout as pause } from 'node:timers/promises'
import { Emitter } from '@socket.io/postgres-emitter'
import pg from 'pg'
import { asked, serve, tell } from './tell-parent.js'

const { url, emits, sessions: most = 8 } = asked
const pool = new pg.Pool({ connectionString: url, max: most })
const emitter = emits ? new Emitter(withNamespace(new pg.Pool({ connectionString: url }))) : null
const insert = {
  name: 'insert',
  text: `INSERT INTO positions (n, plate, status, latitude, longitude, note)
    SELECT n, '184 TUN ' || n, 'ON_THE_WAY', 36.8065, 10.1815,
      CASE WHEN n = $3 THEN 'THE-LAST' ELSE (SELECT coalesce(string_agg(md5(random()::text), ''), '') FROM generate_series(1, $4::int / 32)) END
    FROM generate_series($1::bigint, $2::bigint) n`,
}
let last = 0
// Connections are there before the first row is timed.
const sessions = await Promise.all(Array.from({ length: most }, () => pool.connect()))
for (const session of sessions) session.release()
tell('ready')

/**
 * @param events rows in total
 * @param rows of one transaction; default 1
 * @param perSecond transactions; 0 = four at a time, as fast as they are committed
 * @param noteBytes length of a text in each row; default 0
 */
serve(async ({ events, rows = 1, perSecond, noteBytes = 0 }) => {
  const first = last + 1
  last += events
  const sent = []
  const committed = []
  const write = async from => {
    const to = Math.min(from + rows - 1, last)
    const at = from - first
    sent[at] = now()
    await pool.query({ ...insert, values: [from, to, last, noteBytes] })
    committed[at] = now()
    for (let n = from; emitter !== null && n <= to; n++) emitter.emit('change', rowOf(n))
  }
  const starts = Array.from({ length: Math.ceil(events / rows) }, (_, nth) => first + nth * rows)
  await (perSecond === 0 ? writeFast(starts, write) : writePaced(starts, write, perSecond))
  return { first, sent, committed }
})

/** The last one alone, as below. */
async function writePaced(starts, write, perSecond) {
  const begun = performance.now()
  const under = []
  const final = starts.pop()
  for (const [nth, from] of starts.entries()) {
    await untilDue(begun + (nth * 1_000) / perSecond)
    under.push(write(from))
  }
  await Promise.all(under)
  await write(final)
}

/** Several at a time; the last one alone, because who gets its last row must have got all others. */
async function writeFast(starts, write) {
  const atOnce = 4
  const final = starts.pop()
  const queue = starts.values()
  const work = async () => {
    for (const from of queue) await write(from)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  await write(final)
}

/**
 * What emitter 0.1.1 sends lacks the namespace, without which adapter 0.5.0 drops it. It is added to what is sent, so that
 * both can be measured as released.
 */
function withNamespace(emitterPool) {
  return {
    query: (text, [channel, payload]) =>
      emitterPool.query(text, [channel, `${payload.slice(0, -1)},"nsp":"/"}`]),
  }
}

function rowOf(n) {
  const note = n === last ? 'THE-LAST' : ''
  return { n, plate: `184 TUN ${n}`, status: 'ON_THE_WAY', latitude: 36.8065, longitude: 10.1815, note }
}

async function untilDue(due) {
  const left = due - performance.now()
  if (left >= 1) await pause(left)
}

/** Microseconds of the clock that all processes of a machine share. */
function now() {
  return Number(process.hrtime.bigint() / 1_000n)
}
