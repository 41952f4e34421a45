/** Fills a text up to the width of its column. */
export function column(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

/** How many places a text takes in a terminal: marks stand above a letter of Arabic, and take none of their own. */
export function widthOf(text: string): number {
  return text.replace(/\p{M}/gu, '').length
}
