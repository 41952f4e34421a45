/**
 * A number with its noun: `1 table`, `2 tables`, `0 tables`.
 * @param noun one of them, in English; its plural ends with s
 */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
