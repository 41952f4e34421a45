import type { Health } from './answers.ts'

/** What is drawn, by moment; the oldest first. */
export interface Samples {
  readonly events: readonly number[]
  readonly delivered: readonly number[]
  readonly clients: readonly number[]
  readonly queued: readonly number[]
  readonly canary: readonly number[]
  /** The counters of the last look, from which rates are made. */
  readonly last: { readonly at: number; readonly hubId: string; readonly health: Health } | null
}

/** Two minutes at a look every two seconds. */
const mostSamples = 60

export const noSamples: Samples = {
  events: [],
  delivered: [],
  clients: [],
  queued: [],
  canary: [],
  last: null,
}

/**
 * Adds a look at the hub.
 * @param at milliseconds of a clock that only grows
 */
export function addSample(samples: Samples, health: Health, at: number): Samples {
  const { last } = samples
  const { hub } = health
  const keep = (list: readonly number[], value: number) => [...list, value].slice(-mostSamples)
  // A hub that was started anew counts from zero.
  const before = last?.hubId === health.hub_id ? last : null
  const seconds = before === null ? 0 : (at - before.at) / 1_000
  const rate = (name: 'events' | 'delivered') =>
    before === null || seconds <= 0
      ? 0
      : Math.max(0, hub.counters[name] - before.health.hub.counters[name]) / seconds
  return {
    events: before === null ? samples.events : keep(samples.events, rate('events')),
    delivered: before === null ? samples.delivered : keep(samples.delivered, rate('delivered')),
    clients: keep(samples.clients, hub.registered),
    queued: keep(samples.queued, hub.queuedBytes),
    canary: keep(samples.canary, health.canary.round_trip_ms ?? 0),
    last: { at, hubId: health.hub_id, health },
  }
}
