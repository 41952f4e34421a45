import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { DaemonStatus } from '../daemon-status.ts'
import { clientMetrics } from './client-metrics.ts'
import { databaseMetrics } from './database-metrics.ts'
import { watchEventLoop } from './event-loop-delay.ts'
import type { Metric, Sample } from './metric.ts'
import { processRegistry } from './process-registry.ts'
import { stateMetrics } from './state-metrics.ts'
import { trafficMetrics } from './traffic-metrics.ts'

/** What a scrape is answered with. */
export interface MetricsText {
  readonly contentType: string
  readonly text: string
}

/** Every metric but the histograms and those of the process. */
export const catalogue: readonly Metric[] = [
  ...stateMetrics,
  ...trafficMetrics,
  ...clientMetrics,
  ...databaseMetrics,
]

/** Upper bounds, seconds: a trickle takes 5 to 20 ms, and above a minute it does not matter how much. */
const latencyBuckets = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60]

/** Upper bounds of delays of the event loop, seconds. */
const delayBuckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]

/**
 * The metrics of one hub in the text format of Prometheus; all but its latency and that of the process are read from its
 * health report. `close` ends what it watches.
 */
export class Metrics {
  readonly #registry = new Registry()
  readonly #latency: Histogram
  readonly #endWatch: () => void
  readonly #writers: readonly ((status: DaemonStatus) => void)[]

  constructor() {
    const registers = [this.#registry]
    this.#writers = catalogue.map(metric => createWriter(metric, registers))
    this.#latency = new Histogram({
      name: 'rtbridge_commit_to_send_seconds',
      help: 'From the last write of a transaction to its frames being with the sockets of all clients that keep up',
      buckets: latencyBuckets,
      registers,
    })
    const delay = new Histogram({
      name: 'rtbridge_eventloop_delay_seconds',
      help: 'How much later than asked for the event loop comes to a timer, looked at ten times a second, at rest every five',
      buckets: delayBuckets,
      registers,
    })
    this.#endWatch = watchEventLoop(delayMs => delay.observe(delayMs / 1_000))
    processRegistry()
  }

  close(): void {
    this.#endWatch()
  }

  /** A live batch has been sent; milliseconds since the write. */
  sent(waitMs: number): void {
    this.#latency.observe(waitMs / 1_000)
  }

  /** How it is now. */
  async text(status: DaemonStatus): Promise<MetricsText> {
    for (const write of this.#writers) write(status)
    const parts = await Promise.all([this.#registry.metrics(), processRegistry().metrics()])
    return { contentType: this.#registry.contentType, text: parts.join('\n') }
  }
}

function createWriter(metric: Metric, registers: Registry[]): (status: DaemonStatus) => void {
  const { name, help, labels = [] } = metric
  const options = { name, help, labelNames: [...labels], registers }
  if (metric.kind === 'gauge') {
    const gauge = new Gauge(options)
    return status => {
      gauge.reset()
      const samples = samplesOf(metric, status)
      // A gauge without labels is 0 by itself; what is not known is not 0.
      if (samples.length === 0 && labels.length === 0) gauge.remove()
      for (const sample of samples) gauge.set(labelled(labels, sample), sample.value)
    }
  }
  const counter = new Counter(options)
  return status => {
    counter.reset()
    for (const sample of samplesOf(metric, status)) counter.inc(labelled(labels, sample), sample.value)
  }
}

function samplesOf({ read }: Metric, status: DaemonStatus): readonly Sample[] {
  const value = read(status)
  if (value === null) return []
  return typeof value === 'number' ? [{ labels: [], value }] : value
}

function labelled(names: readonly string[], { labels }: Sample): Record<string, string> {
  return Object.fromEntries(names.map((name, index) => [name, labels[index] ?? '']))
}
