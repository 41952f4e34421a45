/** Control characters, also those of 8-bit terminals, and marks that turn the direction of what follows. */
const invisible = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

/** Text that came from elsewhere, safe for a terminal: what would steer it is shown as `\u{1b}` instead. */
export function visibleText(text: string): string {
  return text.replace(invisible, char => `\\u{${char.codePointAt(0)?.toString(16)}}`)
}

/** At most `length` characters, with an ellipsis for what was cut off. */
export function clipText(text: string, length: number): string {
  return text.length > length
    ? `${text.slice(0, Math.max(0, length - 1)).replace(/[\ud800-\udbff]$/, '')}…`
    : text
}
