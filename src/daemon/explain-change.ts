import type { AccessRules } from '../access/access-rules.ts'
import type { Identity } from '../access/identity.ts'
import { findChange, type JournalOptions } from '../capture/find-change.ts'
import { type CapturedTable, type Change, isCanary, tableLabel } from '../domain/change.ts'
import { historyOf } from '../domain/cursor.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { Event } from '../domain/event.ts'
import type { ChangeOutcome } from '../domain/rule-outcome.ts'
import { explainRules } from '../mapping/explain-rules.ts'
import { mapChange } from '../mapping/map-change.ts'
import type { RuleSet } from '../mapping/rule-set.ts'
import type { ExplainRequest } from '../transports/ways-in.ts'

export interface ExplainOptions extends JournalOptions {
  /** The rules in force. */
  readonly rules: () => RuleSet
  readonly access: Pick<AccessRules, 'see' | 'roomsOf'>
  /** The history that is being served; null before the first connection. */
  readonly incarnation: () => string | null
}

/**
 * Says what the rules in force make of a change and why: of one in the journal, if policies show all of it to who asks,
 * or of rows that he typed.
 *
 * @throws RTB_HTTP_TABLE RTB_HTTP_CHANGE RTB_HTTP_CHANGE_HIDDEN RTB_DATABASE_*
 */
export async function explainChange(
  request: ExplainRequest,
  identity: Identity,
  options: ExplainOptions,
): Promise<ChangeOutcome> {
  const rules = options.rules()
  if (request.from === 'row') {
    const change = madeUp(request, (await tablesOf(request.table, options)).at(-1))
    return explainRules(change, rules.forTable(change.table))
  }
  const change = await findChange(
    request.from === 'last' ? { ...request, tables: await tablesOf(request.table, options) } : request,
    options,
  )
  if (change === null) throw rtbridgeError('RTB_HTTP_CHANGE', {})
  const history = historyOf(options.incarnation() ?? '')
  const ofTable = rules.forTable(change.table)
  const [event] = mapChange(change, ofTable, history).events
  if (event === undefined || !seesAll(event, identity, options.access)) {
    throw rtbridgeError('RTB_HTTP_CHANGE_HIDDEN', {})
  }
  return explainRules(change, ofTable, history)
}

/** An explanation tells of every column that a rule looked at, so who does not see all of a change is told nothing. */
function seesAll(event: Event, identity: Identity, access: ExplainOptions['access']): boolean {
  const own = event.rooms === null ? [] : access.roomsOf(identity)
  const isInRoom = event.rooms === null || event.rooms.some(room => own.includes(room))
  return isInRoom && access.see(identity, event) === 'all'
}

/**
 * A table has as many registrations as it had keys and names. One that is not known may be captured since.
 * @throws RTB_HTTP_TABLE RTB_DATABASE_*
 */
async function tablesOf(
  label: string,
  { registry, pool }: ExplainOptions,
): Promise<readonly CapturedTable[]> {
  const known = () => [...registry.tables.values()].filter(table => tableLabel(table) === label)
  if (known().length === 0) await registry.load(pool.query)
  const found = known().filter(table => !isCanary(table))
  if (found.length === 0) throw rtbridgeError('RTB_HTTP_TABLE', { table: label })
  return found
}

function madeUp(
  { op, old, new: newRow, origin, table: label }: Extract<ExplainRequest, { readonly from: 'row' }>,
  table: CapturedTable | undefined,
): Change {
  if (table === undefined) throw rtbridgeError('RTB_HTTP_TABLE', { table: label })
  const nowhere = { seq: '0', xid: '0', at: new Date().toISOString(), truncated: false }
  return { ...nowhere, table, op, oldRow: old, newRow, origin }
}
