import type { SubscriptionSpec } from '../../domain/subscription.ts'
import type { Choice } from '../../expressions/choices.ts'
import type { SubscriptionRequest } from '../../protocol/messages.ts'
import type { EncodableEvent } from '../stream/encode-event.ts'
import { digestOf } from './digest-of.ts'
import { matchesSomeGlob } from './matches-some-glob.ts'
import type { WhereTrial } from './where-filter.ts'
import { WhereFilter } from './where-filter.ts'

/** How an event matched: whether its `where` held before and after; null when the subscription has none. */
export interface Match {
  readonly sides: { readonly before: boolean; readonly after: boolean } | null
}

/** The part of a subscription that an event does not pass. */
export type Miss = 'events' | 'tables' | 'channels' | 'rooms' | 'where'

/** A subscription made ready for matching. */
export interface CompiledSubscription {
  readonly spec: SubscriptionSpec
  /** What selects the same under the same id has the same. */
  readonly digest: string
  /** What the rows of an event need for the `where` to hold; empty without one. */
  readonly choices: readonly Choice[]
  /** Null when the event is not for it. */
  match(event: EncodableEvent, trial: WhereTrial): Match | null
  /** Why the event is not for it, for explanations; null when it is. */
  missedBy(event: EncodableEvent, trial: WhereTrial): Miss | null
}

const everything: Match = { sides: null }

/** Most lists of most subscriptions are empty, and there can be a hundred thousand subscriptions. */
const none: readonly string[] = []

/** The subscription of a client that named none. */
export const defaultSubscription: SubscriptionSpec = {
  id: 'default',
  events: [],
  tables: [],
  channels: [],
  rooms: [],
  where: null,
  conflateMs: null,
}

/** A client's request with every list filled in. */
export function toSubscriptionSpec(request: SubscriptionRequest): SubscriptionSpec {
  const { id, events = none, tables = none, channels = none, rooms = none, where = null } = request
  return { id, events, tables, channels, rooms, where, conflateMs: request.conflate_ms ?? null }
}

/**
 * Makes a subscription ready.
 * @throws RTB_SUBSCRIPTION_WHERE
 */
export function compileSubscription(spec: SubscriptionSpec): CompiledSubscription {
  return new SpecSubscription(spec)
}

class SpecSubscription implements CompiledSubscription {
  readonly spec: SubscriptionSpec
  readonly #where: WhereFilter | null
  /** To look at an event can take from the budget. */
  readonly #costs: boolean
  #digest: string | null = null

  constructor(spec: SubscriptionSpec) {
    this.spec = spec
    this.#where = spec.where === null ? null : new WhereFilter(spec.id, spec.where)
    const globs = [...spec.events, ...spec.tables]
    this.#costs = this.#where?.isMetered === true || globs.some(isCostly)
  }

  get digest(): string {
    this.#digest ??= digestOf(JSON.stringify(this.spec))
    return this.#digest
  }

  get choices(): readonly Choice[] {
    return this.#where?.choices ?? []
  }

  match(event: EncodableEvent, trial: WhereTrial): Match | null {
    if (this.#missesAtOnce(event) !== null) return null
    return this.#misses(event, trial) === null ? this.#judge(event, trial) : null
  }

  missedBy(event: EncodableEvent, trial: WhereTrial): Miss | null {
    const missed = this.#missesAtOnce(event) ?? this.#misses(event, trial)
    return missed ?? (this.#judge(event, trial) === null ? 'where' : null)
  }

  /**
   * What can be seen without taking from the budget, all of it before anything that takes: an event leaves as much of it for the others
   * wherever it is looked at, with an index or without.
   */
  #missesAtOnce(event: EncodableEvent): Miss | null {
    if (!this.#costs) return null
    const { events, tables, channels, rooms } = this.spec
    if (!hasGlob(events) && isNoneOf(events, event.eventType)) return 'events'
    if (!hasGlob(tables) && isNoneOf(tables, event.table)) return 'tables'
    if (isNoneOf(channels, event.channel)) return 'channels'
    if (isOutsideOf(rooms, event.rooms)) return 'rooms'
    return this.#where?.rulesOut(event) === true ? 'where' : null
  }

  #judge(event: EncodableEvent, trial: WhereTrial): Match | null {
    if (this.#where === null) return everything
    const sides = this.#where.test(event, trial)
    if (sides === 'unknown') return everything
    return sides.before || sides.after ? { sides } : null
  }

  #misses({ eventType, table, channel, rooms }: EncodableEvent, trial: WhereTrial): Miss | null {
    const { spec } = this
    if (!matchesSomeGlob(spec.events, eventType, trial)) return 'events'
    if (spec.tables.length > 0 && (table === null || !matchesSomeGlob(spec.tables, table, trial)))
      return 'tables'
    if (isNoneOf(spec.channels, channel)) return 'channels'
    return isOutsideOf(spec.rooms, rooms) ? 'rooms' : null
  }
}

/** An empty list is any. */
function isNoneOf(list: readonly string[], text: string | null): boolean {
  return list.length > 0 && (text === null || !list.includes(text))
}

/** No rooms are all of them. */
function isOutsideOf(wanted: readonly string[], rooms: readonly string[] | null): boolean {
  return wanted.length > 0 && rooms?.some(room => wanted.includes(room)) !== true
}

function hasGlob(patterns: readonly string[]): boolean {
  return patterns.some(pattern => /[*?]/.test(pattern))
}

/** See `matchesSomeGlob`: what follows a star takes from the budget. */
function isCostly(glob: string): boolean {
  return /\*./s.test(glob)
}
