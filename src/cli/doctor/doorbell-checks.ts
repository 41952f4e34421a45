import { hubLock, sentinelLock } from '../../capture/advisory-locks.ts'
import { openDoorbellListener } from '../../database/doorbell-listener.ts'
import { readSql } from '../../database/sql-file.ts'
import { counted } from '../../domain/counted.ts'
import { commandDatabase } from '../context.ts'
import { type Check, problem, type Sight, warning } from './check.ts'

/** How hubs hear of changes, and by which clocks they go. */
export const doorbellChecks: readonly Check[] = [
  { name: 'doorbell', needsSchema: false, look: lookAtDoorbell },
  { name: 'hubs', needsSchema: true, look: lookAtHubs },
  { name: 'clock', needsSchema: false, look: lookAtClock },
]

/** A notification from one session to another: on a channel of its own, so that no hub wakes. */
async function lookAtDoorbell({ session, config, limits }: Sight) {
  if (config.database.doorbell === 'off') {
    return { found: 'database.doorbell is off: hubs read at short intervals', skipped: true }
  }
  if (session.pooled) return { found: 'LISTEN does not work through a pooler (see pooler)', skipped: true }
  const channel = `rtbridge_doctor_${crypto.randomUUID().replaceAll('-', '')}`
  let hear: () => void = () => {}
  const heard = new Promise<void>(resolve => {
    hear = resolve
  })
  const listener = await openDoorbellListener(commandDatabase(config), [channel], () => hear())
  try {
    const rung = performance.now()
    await session.query(`SELECT pg_notify($1, '')`, [channel])
    const isHeard = await within(heard, limits.doorbellMs)
    const ms = Math.max(1, Math.round(performance.now() - rung))
    if (isHeard) return { found: `a notification came back in ${ms} ms` }
    const what = `a notification did not come back within ${limits.doorbellMs} ms: hubs hear nothing, and read once a second`
    return {
      found: what,
      findings: [
        problem(
          what,
          'look at notification-queue and at the PostgreSQL log; hubs meanwhile work with database: { doorbell: off }',
        ),
      ],
    }
  } finally {
    await listener.close()
  }
}

async function within(heard: Promise<void>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>(resolve => {
    timer = setTimeout(() => resolve(false), limitMs)
  })
  const isHeard = await Promise.race([heard.then(() => true), late])
  clearTimeout(timer)
  return isHeard
}

/** How often the locks are looked at while a sentinel is waited for, ms. */
const lookEveryMs = 100

async function lookAtHubs({ session, limits, hub }: Sight) {
  const ends = performance.now() + limits.sentinelMs
  let held = await readHubs(session)
  // Whoever takes over does so within moments.
  while (held.hubs > 0 && held.sentinels === 0 && performance.now() < ends) {
    await new Promise(resolve => setTimeout(resolve, lookEveryMs))
    held = await readHubs(session)
  }
  const { hubs, sentinels } = held
  if (hubs > 0 && sentinels === 0) {
    const what = `${counted(hubs, 'hub')} connected, and none is the sentinel that arms the doorbell; under constant load that is normal`
    return {
      found: what,
      findings: [warning(what, 'rtbridge status   # for each hub; restart the one that does not answer')],
    }
  }
  if (hubs > 0)
    return { found: `${counted(hubs, 'hub')} connected, ${hubs === 1 ? '' : 'one of them '}the sentinel` }
  // Behind a pooler a hub keeps no lock.
  if ((await hub())?.health?.state === 'live') return { found: 'a hub is live, without a session of its own' }
  if (session.pooled) return { found: 'behind a pooler nobody sees which hubs are connected', skipped: true }
  const what = 'no hub is connected to this database: changes wait in the journal'
  return { found: what, findings: [warning(what, 'rtbridge serve')] }
}

async function readHubs(session: Sight['session']) {
  const [row = {}] = await session.query(
    readSql('query/count_hubs.sql'),
    [...hubLock, sentinelLock[1]].map(String),
  )
  return { hubs: Number(row['hubs']), sentinels: Number(row['sentinels']) }
}

/** Clocks that differ by more make tokens and certificates look wrong for no reason that anybody finds, ms. */
const farMs = 60_000

async function lookAtClock({ session, limits }: Sight) {
  const before = Date.now()
  const [row = {}] = await session.query('SELECT extract(epoch FROM clock_timestamp())::text AS now')
  const after = Date.now()
  return judgeClock({ before, after, database: Number(row['now']) * 1_000 }, limits.clockMs)
}

/**
 * Compares the clock of this machine with the database's.
 * @param times milliseconds since 1970: before the question, after the answer, and what the answer was
 */
export function judgeClock(
  { before, after, database }: { before: number; after: number; database: number },
  limitMs: number,
) {
  // The answer was right at some moment in between.
  const offMs = database < before ? database - before : database > after ? database - after : 0
  const seconds = (Math.abs(offMs) / 1_000).toFixed(1)
  if (Math.abs(offMs) <= limitMs)
    return { found: `this machine and the database agree (within ${limitMs / 1_000} s)` }
  const what = `the database's clock is ${seconds} s ${offMs > 0 ? 'ahead of' : 'behind'} this machine's: tokens, certificates and retention go by different times`
  const fix =
    'sudo timedatectl set-ntp true   # on the one whose `date` is wrong; chronyc tracking or timedatectl timesync-status says more'
  return { found: what, findings: [Math.abs(offMs) > farMs ? problem(what, fix) : warning(what, fix)] }
}
