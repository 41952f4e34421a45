/** A list of transaction ids as PostgreSQL's array literal. */
export function xidArray(xids: readonly bigint[]): string {
  return `{${xids.join(',')}}`
}
