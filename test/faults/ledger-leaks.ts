import { readRows } from '../support/admin-sql.ts'
import type { HubProcess } from '../support/hub-process.ts'
import { waitFor } from '../support/wait-for.ts'
import type { Stage } from './ledger-scenario.ts'

/** What hubs hold while nobody is connected. */
export interface Baseline {
  readonly openFiles: number
  readonly memoryBytes: number
}

/** Sessions of a hub: its reader, helper and listener. */
const ownSessions = 3
/** Sessions that a hub's pool may keep for half a minute after their use. */
const pooledSessions = 6
/** Recent events that a hub keeps on purpose (`hub.tail`, here up to 16 MiB), as frames and as rows, and a little, bytes. */
const keptBytes = 64 * 1_048_576

/** Taken before the first client comes. */
export async function readBaseline({ hubs }: Stage): Promise<Baseline> {
  const uses = await Promise.all(hubs.map(hub => hub.use()))
  return {
    openFiles: Math.max(...uses.map(({ openFiles }) => openFiles)),
    memoryBytes: Math.max(...uses.map(({ memoryBytes }) => memoryBytes)),
  }
}

/** After the clients left, hubs hold what they held before: connections, files, sessions, and about as much memory. */
export async function expectNothingLeft({ hubs, databaseUrl }: Stage, baseline: Baseline): Promise<void> {
  for (const hub of hubs) await waitForNothingLeft(hub, baseline)
  const most = { own: hubs.length * ownSessions, pooled: hubs.length * pooledSessions }
  await waitFor(
    async () => {
      const sessions = await countSessions(databaseUrl)
      return sessions.own === most.own && sessions.pooled <= most.pooled
    },
    { message: `there were ${most.own} sessions of hubs and at most ${most.pooled} of their pools` },
  )
}

async function waitForNothingLeft(hub: HubProcess, baseline: Baseline): Promise<void> {
  let seen = ''
  await waitFor(
    async () => {
      const [health, { openFiles, memoryBytes }] = await Promise.all([hub.health(), hub.use()])
      const connections = (health?.['hub'] as { connections?: number } | undefined)?.connections
      seen = `${connections} connections, ${openFiles} open files (before ${baseline.openFiles}), ${memoryBytes} bytes (before ${baseline.memoryBytes})`
      const isSmall = memoryBytes <= baseline.memoryBytes + keptBytes
      // The questions themselves hold a connection.
      return connections === 0 && openFiles <= baseline.openFiles + pooledSessions + 1 && isSmall
    },
    { intervalMs: 200, message: () => `the hub let go of everything; it has ${seen}` },
  )
}

async function countSessions(url: string): Promise<{ own: number; pooled: number }> {
  const rows = await readRows(
    url,
    `SELECT count(*) FILTER (WHERE application_name = 'rtbridge pool')::int AS pooled,
            count(*) FILTER (WHERE application_name IN ('rtbridge reader', 'rtbridge helper', 'rtbridge listener'))::int AS own
     FROM pg_stat_activity WHERE datname = current_database()`,
  )
  return { own: Number(rows[0]?.['own']), pooled: Number(rows[0]?.['pooled']) }
}
