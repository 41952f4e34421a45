import type { Translator } from '../../catalogue/translator.ts'
import { describeFleet } from './describe-fleet.ts'
import { clientsOf } from './judge-status.ts'
import type { DatabaseStatus, HubStatus } from './read-status.ts'
import type { Row } from './row.ts'

/** What was found, part by part. */
export function describeStatus(
  { database, hub }: { readonly database: DatabaseStatus; readonly hub: HubStatus },
  translator: Translator,
): readonly Row[] {
  return [...describeDatabase(database, translator), ...describeHub(hub, translator)]
}

function describeDatabase(
  { serverVersion, database, role, captured, drift, journal, error }: DatabaseStatus,
  translator: Translator,
): Row[] {
  const { text } = translator
  const label = text('status.row.database')
  if (serverVersion === null)
    return [{ label, value: text(isRefused(error) ? 'status.forbidden' : 'status.unreachable') }]
  const server = { version: serverVersion, database: database ?? '?', role: role ?? '?' }
  const compared =
    drift === null
      ? text('status.notCompared')
      : drift.length === 0
        ? text('status.asConfigured')
        : text('status.differences', { count: drift.length })
  return [
    { label, value: text('status.server', server) },
    {
      label: text('status.row.triggers'),
      value: [text('status.captured', { count: captured }), compared].join(text('status.comma')),
      below: drift ?? [],
    },
    ...(journal === null ? [] : [describeJournal(journal, translator)]),
  ]
}

function describeJournal(
  { rows, liveBytes, maxBytes, keepMs, resumableSince }: NonNullable<DatabaseStatus['journal']>,
  { text, bytes, duration }: Translator,
): Row {
  return {
    label: text('status.row.journal'),
    value: text('status.journalRows', {
      count: rows,
      size: bytes(liveBytes),
      limit: bytes(maxBytes),
      duration: duration(keepMs),
    }),
    below: [text('status.resumable', { time: resumableSince })],
  }
}

/** The server answered, but not to this role. */
export function isRefused(error: DatabaseStatus['error']): boolean {
  return error?.code === 'RTB_DATABASE_PERMISSION'
}

function describeHub({ address, health }: HubStatus, translator: Translator): Row[] {
  const { text } = translator
  const label = text('status.row.hub')
  if (health === null) return [{ label, value: text('status.hubNone', { address }) }]
  const { doorbell, sentinel, warning } = health.database
  const clients = text('status.clients', { count: clientsOf(health.hub) })
  const value = [
    text(health.state === 'live' ? 'status.hubLive' : 'status.hubStale', { address, clients }),
    text(doorbell ? 'status.hears' : 'status.polls'),
    ...(sentinel ? [text('status.sentinel')] : []),
  ].join(text('status.comma'))
  const below = [
    ...(warning == null ? [] : [warning.message, `${text('status.hint')}: ${warning.hint}`]),
    ...health.rule_failures.map(({ table, eventType: rule, field, count, message }) => {
      return `${text('status.ruleFailed', { rule, table, count })}: ${field}: ${message}`
    }),
  ]
  return [
    { label, value, below },
    ...describeFleet(health, translator),
    ...describeDoor(health.door, translator),
  ]
}

/** What was refused; a hub of an older version says nothing of it. */
function describeDoor(door: HubDoor | undefined, { text }: Translator): Row[] {
  const refused = Object.entries(door?.refused ?? {})
  if (refused.length === 0) return []
  return [
    {
      label: text('status.row.refused'),
      value: refused.map(([code, count]) => `${count} × ${code}`).join(', '),
    },
  ]
}

type HubDoor = NonNullable<HubStatus['health']>['door']
