import { setFlagsFromString } from 'node:v8'

/** How much the heap may grow over what is in use before it is collected again, percent; V8 would allow four times as much. */
const growthPercent = 30

/**
 * Lets the collector of V8 work earlier: events live shortly, and on a machine with much memory V8 would let a
 * hundred megabytes of them lie around. Measured with a transaction of 100,000 rows and four clients: 165 instead of
 * 290 MB, at the same speed. No limit is set, so a hub with many clients has what it needs.
 */
export function collectEarly(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`)
}
