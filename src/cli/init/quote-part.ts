/** A part of a table pattern that means this one name: quoted when a character in it would be special. */
export function quotePart(name: string): string {
  return /[".*?\s]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name
}
