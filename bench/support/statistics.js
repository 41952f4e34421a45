/** The middle of a list, as it was measured: of an even number the upper one. */
export function median(list) {
  return percentile(list, 0.5)
}

/** The value below which this share of a list lies; null for an empty list. */
export function percentile(list, share) {
  const sorted = Float64Array.from(list).sort()
  return sorted.length === 0 ? null : sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}

/** p50, p99 and p99.9 of a list, and how long it is. */
export function spread(list) {
  return { p50: median(list), p99: percentile(list, 0.99), p999: percentile(list, 0.999), count: list.length }
}

/**
 * How two things that were measured in turn compare: the median of the ratios of each round, which a machine that
 * slows down for a while does not move, with the smallest and the largest of them.
 */
export function compare(list, other) {
  const ratios = list.map((value, round) => value / other[round])
  return { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) }
}
