import { counted } from '../domain/counted.ts'
import type { DaemonStatus } from './daemon-status.ts'
import type { ServiceHealth } from './service-notifier.ts'

/**
 * A hub's health as systemd is told of it.
 *
 * Only a reader that is stuck (`RTB_CANARY_STUCK`) starves the watchdog: the database is there, what is written cannot be
 * read, and a restart may help. A database that is away, triggers that are missing or a canary that cannot be written is no reason to end a
 * hub that keeps its clients: it comes back by itself.
 *
 * @param address where the hub listens, as in a URL
 */
export function describeService(
  { state, stale_since, cursor, database, problems, hub }: ServiceSource,
  address: string,
): ServiceHealth {
  const isWell = problems.every(({ code }) => code !== 'RTB_CANARY_STUCK')
  const problem = database.error ?? problems[0]
  const said = problem === undefined ? '' : `; ${problem.code}: ${problem.message}`
  const isStarting = cursor === null && problem === undefined
  const how = isStarting ? 'starting' : state === 'live' ? 'live' : `stale since ${stale_since}`
  return { status: `${how} on ${address}, ${counted(clientsOf(hub), 'client')}${said}`, isWell }
}

type ServiceSource = Pick<DaemonStatus, 'state' | 'stale_since' | 'cursor' | 'database' | 'problems' | 'hub'>

function clientsOf(hub: object): number {
  return 'registered' in hub ? Number(hub.registered) : 0
}
