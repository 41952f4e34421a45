import type { Config } from '../../config/config.ts'
import { rulesFingerprint } from '../../config/rules-fingerprint.ts'
import { counted } from '../../domain/counted.ts'
import { describeAudience, describeReasons } from '../changes/describe-outcome.ts'
import { describeSights } from '../changes/who-sees.ts'
import { type TestedChange, testedEvents } from '../rules/test-change.ts'
import type { HubLook } from './ask-hub.ts'
import { step, type TraceStep } from './trace-step.ts'

export interface RulesLookOptions {
  readonly config: Config
  readonly hub: HubLook
  /** The event that was missed; null: any. */
  readonly event: string | null
}

/** What the rules make of a change, and whom the policies let have it. */
export function lookAtRules(
  tested: TestedChange,
  options: RulesLookOptions,
): readonly [rules: TraceStep, access: TraceStep] {
  return [judgeRules(tested, options), judgeAccess(tested, options.event)]
}

function judgeRules({ outcome }: TestedChange, { config, hub, event }: RulesLookOptions): TraceStep {
  const { change, rules } = outcome
  const fired = rules.filter(({ result }) => result === 'fired').map(rule => rule.event_type)
  const silent = rules.filter(({ result }) => result !== 'fired')
  const wrong = silent.filter(({ result }) => result === 'failed')
  const details = silent.flatMap(rule => {
    const [first = rule.result, ...more] = describeReasons(rule, change.op)
    return [`${rule.event_type} ${rule.result === 'failed' ? 'failed' : 'not'}: ${first}`, ...more]
  })
  const differs = describeDifference(fired, { config, hub })
  const missed = event === null ? undefined : silent.find(rule => rule.event_type === event)
  if (missed !== undefined) {
    const found = `the rule ${event} did not fire: ${describeReasons(missed, change.op).join('; ')}`
    return step('rules', 'dropped', found, {
      details: [...details, ...differs],
      hint: `see ${missed.location}`,
    })
  }
  const found = `${[change.op, ...fired].join(', ')} made of it`
  const isWrong = wrong.length > 0 || differs.length > 0
  return step('rules', isWrong ? 'warning' : 'ok', found, {
    details: [...details, ...differs],
    hint:
      differs.length > 0
        ? 'let the hub read the file: systemctl reload rtbridge, or SIGHUP to its process'
        : null,
  })
}

/** A hub may run by an older file, or by another one. */
function describeDifference(
  fired: readonly string[],
  { config, hub }: Pick<RulesLookOptions, 'config' | 'hub'>,
): readonly string[] {
  const { health, trace } = hub
  if (health === null || health.rules === rulesFingerprint(config)) return []
  const made = trace?.events?.map(({ event_type }) => event_type) ?? null
  const known = made === null ? '' : `: it made ${made.join(', ')}`
  const isSame = made !== null && made.slice(1).join() === fired.join()
  return [`the hub runs by other rules than this file${isSame ? ', with the same outcome here' : known}`]
}

function judgeAccess(tested: TestedChange, event: string | null): TraceStep {
  const events = testedEvents(tested).filter(each => event === null || each.event_type === event)
  if (events.length === 0) return step('access', 'skipped', 'there is no event to see')
  const details = events.map(each => {
    const sights = tested.sights.get(each.event_type) ?? null
    const seen = sights === null ? '' : `; policies: ${describeSights(sights)}`
    return `${each.event_type}: to ${describeAudience(each)}${seen}`
  })
  const reaches = events.filter(each => {
    const sights = tested.sights.get(each.event_type) ?? null
    return each.rooms?.length !== 0 && (sights === null || sights.some(({ sees }) => sees !== 'nothing'))
  })
  if (reaches.length > 0) {
    return step(
      'access',
      'ok',
      `${reaches.length} of ${counted(events.length, 'event')} may be seen by somebody`,
      {
        details,
      },
    )
  }
  const hint = 'see `policies`, and `rooms` and `roles` of the rules, in rtbridge.yaml'
  return step('access', 'dropped', 'nobody may see it', { details, hint })
}
