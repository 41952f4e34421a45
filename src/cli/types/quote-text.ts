/** Control characters, line ends of JavaScript, and marks that turn the direction of what follows. */
const invisible = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** A text as a literal of TypeScript, in single quotes; what cannot be seen is escaped. */
export function quoteText(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "\\'")
    .replace(invisible, char => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`)
  return `'${escaped}'`
}
