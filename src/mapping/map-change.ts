import type { Change } from '../domain/change.ts'
import { tableLabel } from '../domain/change.ts'
import { RtbridgeError } from '../domain/errors/registry.ts'
import type { Event } from '../domain/event.ts'
import type { CompiledEventRule } from '../expressions/compile-event-rule.ts'
import { rowKey } from '../expressions/row-key.ts'
import type { Scope } from '../expressions/scope.ts'
import { scopeOf } from '../expressions/scope.ts'
import { mapPublished } from './map-published.ts'
import type { MappedChange, RuleFailure } from './mapped-change.ts'
import type { CompiledTableRules } from './rule-set.ts'

/**
 * Turns a change into events. Pure: the same change and rules give the same events, with the same ids, on every hub
 * and in every replay. A rule that fails is reported and skipped; the table event and the other rules go on.
 *
 * @param rules what `RuleSet.forTable` gives for the change's table
 * @param incarnation identity of the history, part of the event ids: the same whenever a change is mapped
 */
export function mapChange(change: Change, rules: CompiledTableRules, incarnation: string): MappedChange {
  if (change.op === 'PUBLISH') return mapPublished(change, incarnation)
  const tableEvent = createTableEvent(change, rules, incarnation)
  const events: Event[] = [tableEvent]
  const errors: RuleFailure[] = []
  if (rules.events.length === 0) return { events, errors }
  const scope = scopeOf(change)
  for (const compiled of rules.events) {
    if (!compiled.rule.on.some(operation => operation.toUpperCase() === change.op)) continue
    const outcome = applyRule(compiled, scope, tableEvent)
    if (outcome === null) continue
    if ('field' in outcome) errors.push(outcome)
    else events.push(outcome)
  }
  return { events, errors }
}

function createTableEvent(change: Change, rules: CompiledTableRules, incarnation: string): Event {
  const row = change.newRow ?? change.oldRow
  return {
    eventId: `${incarnation}-${change.seq}`,
    eventType: change.op,
    kind: 'table',
    op: change.op,
    table: tableLabel(change.table),
    channel: rules.channel,
    id: row === null ? null : rowKey(row, change.table.keyColumns),
    at: change.at,
    data: row ?? 'null',
    oldData: change.op === 'UPDATE' ? change.oldRow : null,
    seq: change.seq,
    tx: change.xid,
    origin: change.origin,
    truncated: change.truncated,
    rooms: null,
    roles: null,
    priority: 'normal',
    change,
  }
}

/** The business event of a rule, null when its condition does not hold, or why it failed. */
function applyRule(compiled: CompiledEventRule, scope: Scope, tableEvent: Event): Event | RuleFailure | null {
  const { rule } = compiled
  let field = 'when'
  try {
    if (compiled.when !== null && !compiled.when.test(scope)) return null
    const members = compiled.data?.map(([name, expression]) => {
      field = `data.${name}`
      return `${JSON.stringify(name)}:${expression.toJson(scope)}`
    })
    const rooms = compiled.rooms?.map((template, index) => {
      field = `rooms.${index}`
      return template.fill(scope)
    })
    return {
      ...tableEvent,
      eventId: `${tableEvent.eventId}-${rule.eventType}`,
      eventType: rule.eventType,
      kind: 'business',
      data: members === undefined ? tableEvent.data : `{${members.join(',')}}`,
      oldData: members === undefined ? tableEvent.oldData : null,
      // A room that could not be named is left out; with none left the event is for nobody, never for everybody.
      rooms: rooms === undefined ? null : [...new Set(rooms.filter(room => room !== null))],
      roles: rule.roles,
      priority: rule.priority,
      reads: compiled.reads,
    }
  } catch (error) {
    if (!(error instanceof RtbridgeError)) throw error
    return {
      table: tableEvent.table ?? '',
      eventType: rule.eventType,
      field,
      location: rule.locations[field] ?? rule.location,
      message: tableEvent.truncated
        ? `${error.message} (of this row only the key was journalled)`
        : error.message,
    }
  }
}
