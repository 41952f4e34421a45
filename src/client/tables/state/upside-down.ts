/** A text that stands, compared by `<`, before those that it stood behind, and the other way round; not before its own beginnings. */
export function upsideDown(text: string): string {
  return text.replace(/./gs, unit => String.fromCharCode(65_535 - unit.charCodeAt(0)))
}
