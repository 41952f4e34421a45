/** Without being told, a hub looks this long after it has looked, ms. */
const lookEveryMs = 3_000

/**
 * Whether a hub has ever looked at what is revoked before it was time to. On a busy machine it may not be the first look
 * after it was told: tell it again.
 *
 * @param log its lines
 */
export function lookedEarly(log: readonly string[]): boolean {
  const times = log
    .filter(line => line.includes('what is revoked was read'))
    .map(line => Date.parse((JSON.parse(line) as { time: string }).time))
  return times.some((time, n) => n > 0 && time - (times[n - 1] ?? 0) < lookEveryMs * 0.7)
}
