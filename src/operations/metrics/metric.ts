import type { DaemonStatus } from '../daemon-status.ts'

/** A value with the labels of its metric, in their order. */
export interface Sample {
  readonly labels: readonly string[]
  readonly value: number
}

/** One metric, and where its value comes from each time it is asked for. */
export interface Metric {
  /** `rtbridge_…`, of counters `…_total`, with the unit before it. */
  readonly name: string
  readonly kind: 'counter' | 'gauge'
  readonly help: string
  /** Names of its labels; default none. */
  readonly labels?: readonly string[]
  /** Null: not known at the moment, and left out. */
  readonly read: (status: DaemonStatus) => number | null | readonly Sample[]
}

type Read = Metric['read']

/** A count that only grows while the hub runs. */
export function counter(name: string, help: string, read: Read, labels: readonly string[] = []): Metric {
  return { name: `rtbridge_${name}_total`, kind: 'counter', help, labels, read }
}

/** How it is at the moment. */
export function gauge(name: string, help: string, read: Read, labels: readonly string[] = []): Metric {
  return { name: `rtbridge_${name}`, kind: 'gauge', help, labels, read }
}

/** Milliseconds as the seconds that Prometheus wants. */
export function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1_000
}

/** An ISO 8601 time as seconds since 1970; null for none. */
export function timestamp(time: string | null | undefined): number | null {
  const ms = Date.parse(time ?? '')
  return Number.isNaN(ms) ? null : ms / 1_000
}

/** Counts by one label. */
export function byLabel(counts: Readonly<Record<string, number>>): readonly Sample[] {
  return Object.entries(counts).map(([label, value]) => ({ labels: [label], value }))
}
