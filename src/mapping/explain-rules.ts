import type { Change } from '../domain/change.ts'
import { tableLabel } from '../domain/change.ts'
import type { Event } from '../domain/event.ts'
import { formatLocation } from '../domain/rule.ts'
import type { ChangeOutcome, ExplainedChange, RuleOutcome, SentEvent } from '../domain/rule-outcome.ts'
import type { CompiledEventRule } from '../expressions/compile-event-rule.ts'
import { ruleVariables } from '../expressions/compile-event-rule.ts'
import { explainExpression } from '../expressions/explain/explain-expression.ts'
import { rowKey } from '../expressions/row-key.ts'
import { scopeOf } from '../expressions/scope.ts'
import { captureRows } from './capture-rows.ts'
import { mapChange } from './map-change.ts'
import type { MappedChange, RuleFailure } from './mapped-change.ts'
import type { CompiledTableRules } from './rule-set.ts'

/**
 * Says of a change what every rule of its table makes of it, and why. Pure. The events are those of {@link mapChange}, so the
 * explanation cannot differ from what the hub does. Excluded columns are taken out first, of rows that somebody typed, too.
 *
 * @param change from the journal, or made up: then without `incarnation`
 * @param rules what `RuleSet.forTable` gives for the change's table
 * @param incarnation identity of the history; null for a change that is in no journal
 * @throws RTB_ROW_UNREADABLE when a row is not a JSON object
 */
export function explainRules(
  change: Change,
  rules: CompiledTableRules,
  incarnation: string | null = null,
): ChangeOutcome {
  const isStored = incarnation !== null
  const captured = rules.rule === null ? { change, leftOut: null } : captureRows(change, rules.rule, isStored)
  const mapped = mapChange(captured.change, rules, incarnation ?? '')
  const { leftOut } = captured
  const [first] = mapped.events
  return {
    change: describeChange(captured.change, isStored),
    left_out: leftOut,
    event: leftOut !== null || first === undefined ? null : sentEvent(first, isStored),
    rules:
      change.op === 'PUBLISH'
        ? []
        : rules.events.map(rule => explainRule(rule, { ...captured, mapped, isStored })),
  }
}

interface Explaining {
  readonly change: Change
  readonly leftOut: ChangeOutcome['left_out']
  readonly mapped: MappedChange
  readonly isStored: boolean
}

function explainRule(
  { rule, when }: CompiledEventRule,
  { change, leftOut, mapped, isStored }: Explaining,
): RuleOutcome {
  const isNamed = rule.on.some(operation => operation.toUpperCase() === change.op)
  const failure = mapped.errors.find(({ eventType }) => eventType === rule.eventType)
  const event = mapped.events.find(
    ({ kind, eventType }) => kind === 'business' && eventType === rule.eventType,
  )
  const result =
    leftOut !== null
      ? 'left-out'
      : !isNamed
        ? 'other-operation'
        : failure !== undefined
          ? 'failed'
          : event === undefined
            ? 'condition-false'
            : 'fired'
  return {
    event_type: rule.eventType,
    location: formatLocation(rule.location),
    result,
    on: rule.on,
    when: when === null || !isNamed ? null : explainExpression(when.source, scopeOf(change), ruleVariables),
    failure: result === 'failed' && failure !== undefined ? describeFailure(failure) : null,
    sends: result === 'fired' && event !== undefined ? sentEvent(event, isStored) : null,
  }
}

function describeFailure({ field, message, location }: RuleFailure): RuleOutcome['failure'] {
  return { field, message, location: location === null ? '' : formatLocation(location) }
}

function describeChange(change: Change, isStored: boolean): ExplainedChange {
  const row = change.newRow ?? change.oldRow
  return {
    table: change.op === 'PUBLISH' ? '' : tableLabel(change.table),
    op: change.op,
    id: row === null ? null : rowKey(row, change.table.keyColumns),
    old: change.oldRow,
    new: change.newRow,
    origin: change.origin,
    truncated: change.truncated,
    seq: isStored ? change.seq : null,
    tx: isStored ? change.xid : null,
    at: isStored ? change.at : null,
  }
}

function sentEvent(event: Event, isStored: boolean): SentEvent {
  return {
    event_type: event.eventType,
    event_id: isStored ? event.eventId : null,
    id: event.id,
    data: event.data,
    old_data: event.oldData,
    channel: event.channel,
    rooms: event.rooms,
    roles: event.roles,
    priority: event.priority,
  }
}
