import type { Config } from '../../config/config.ts'
import type { Change } from '../../domain/change.ts'
import type { ChangeOutcome, SentEvent } from '../../domain/rule-outcome.ts'
import { captureRows } from '../../mapping/capture-rows.ts'
import { explainRules } from '../../mapping/explain-rules.ts'
import { mapChange } from '../../mapping/map-change.ts'
import type { RuleSet } from '../../mapping/rule-set.ts'
import { type RoleSight, whoSees } from '../changes/who-sees.ts'

/** A change, what the rules make of it, and who may see that. */
export interface TestedChange {
  readonly outcome: ChangeOutcome
  /** By event type; null without policies. */
  readonly sights: ReadonlyMap<string, readonly RoleSight[] | null>
}

export interface TestOptions {
  readonly rules: RuleSet
  readonly policies: Config['policies']
  /** Part of the ids of events; null for a change that is in no journal. */
  readonly history: string | null
  /** Only these rules; null = all. */
  readonly only: readonly string[] | null
}

/** Runs the rules on a change. @throws RTB_ROW_UNREADABLE */
export function testChange(change: Change, { rules, policies, history, only }: TestOptions): TestedChange {
  const own = rules.forTable(change.table)
  const chosen =
    only === null ? own : { ...own, events: own.events.filter(({ rule }) => only.includes(rule.eventType)) }
  const captured = own.rule === null ? change : captureRows(change, own.rule, history !== null).change
  const { events } = mapChange(captured, chosen, history ?? '')
  return {
    outcome: explainRules(change, chosen, history),
    sights: new Map(events.map(event => [event.eventType, whoSees(policies, event)])),
  }
}

/** What is sent of it: the table event, and those of the rules that fired. */
export function testedEvents({ outcome: { event, rules } }: TestedChange): readonly SentEvent[] {
  return [event, ...rules.map(({ sends }) => sends)].filter(each => each !== null)
}

/** Stable; `version` grows with incompatible changes. */
export function describeTested({ outcome, sights }: TestedChange): object {
  const seenBy = (eventType: string | undefined) =>
    eventType === undefined ? {} : { seen_by: sights.get(eventType) ?? null }
  const { event, rules, ...rest } = outcome
  return {
    ...rest,
    event: event === null ? null : { ...event, ...seenBy(event.event_type) },
    rules: rules.map(rule => ({
      ...rule,
      sends: rule.sends === null ? null : { ...rule.sends, ...seenBy(rule.event_type) },
    })),
  }
}
