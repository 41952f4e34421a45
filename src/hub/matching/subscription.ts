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
    this.#costs = (this.#where?.isMetered ?? false) || hasGlob(spec.events) || hasGlob(spec.tables)
  }

  get digest(): string {
    this.#digest ??= digestOf(JSON.stringify(this.spec))
    return this.#digest
  }

  get choices(): readonly Choice[] {
    return this.#where?.choices ?? []
  }

  match(event: EncodableEvent, trial: WhereTrial): Match | null {
    if (this.#costs && this.#isElsewhere(event)) return null
    return this.#misses(event, trial) === null ? this.#judge(event, trial) : null
  }

  missedBy(event: EncodableEvent, trial: WhereTrial): Miss | null {
    return this.#misses(event, trial) ?? (this.#judge(event, trial) === null ? 'where' : null)
  }

  /**
   * What can be seen without taking from the budget, all of it first: an event leaves as much of that for the others wherever it is
   * looked at, with an index or without.
   */
  #isElsewhere(event: EncodableEvent): boolean {
    const { events, tables, channels, rooms } = this.spec
    const { eventType, table, channel } = event
    return (
      isNoneOf(channels, channel) ||
      (!hasGlob(events) && isNoneOf(events, eventType)) ||
      (!hasGlob(tables) && isNoneOf(tables, table)) ||
      (rooms.length > 0 && event.rooms?.some(room => rooms.includes(room)) !== true) ||
      (this.#where?.rulesOut(event) ?? false)
    )
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
    const isInRoom = spec.rooms.length === 0 || (rooms?.some(room => spec.rooms.includes(room)) ?? false)
    return isInRoom ? null : 'rooms'
  }
}

/** An empty list is any. */
function isNoneOf(list: readonly string[], text: string | null): boolean {
  return list.length > 0 && (text === null || !list.includes(text))
}

function hasGlob(patterns: readonly string[]): boolean {
  return patterns.some(pattern => /[*?]/.test(pattern))
}
