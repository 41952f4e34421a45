import { collectDefaultMetrics, Registry } from 'prom-client'

/** Named like counters, though they are gauges, and they say nothing that others do not. */
const misnamed = ['active_handles_total', 'active_requests_total', 'active_resources_total']
/** Each scrape would empty them for the next: `watchEventLoop` takes their place. */
const emptied = ['', '_min', '_max', '_mean', '_stddev', '_p50', '_p90', '_p99'].map(
  which => `eventloop_lag${which}_seconds`,
)
/** Nobody reads what is sampled so often, ms. */
const precisionMs = 60_000

let made: Registry | null = null

/** Metrics of the process and its runtime: one set, however many hubs it runs. They are watched from the first call on. */
export function processRegistry(): Registry {
  if (made !== null) return made
  made = new Registry()
  collectDefaultMetrics({ register: made, prefix: 'rtbridge_', eventLoopMonitoringPrecision: precisionMs })
  for (const name of [...misnamed, ...emptied]) made.removeSingleMetric(`rtbridge_nodejs_${name}`)
  return made
}
