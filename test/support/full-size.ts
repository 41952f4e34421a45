/** True when tests of load run in the size of the promise, not in the one that fits into every run. */
export const isFullSize = process.env['RTBRIDGE_TEST_FULL_SIZE'] === '1'

/** A number that depends on the size of the run. */
export function sized({ normal, full }: { readonly normal: number; readonly full: number }): number {
  return isFullSize ? full : normal
}

/** Longest a test of load may take, milliseconds. */
export const loadTimeoutMs = sized({ normal: 180_000, full: 900_000 })
