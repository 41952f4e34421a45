/** Parts of JSON text: a string, a bracket, a comma, a colon, or anything else without white space. */
const parts = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g

/** JSON text with a member on each line. Nothing is parsed, so numbers keep all their digits. */
export function indentJson(text: string): string {
  let depth = 0
  let indented = ''
  let before = ''
  const line = () => `\n${'  '.repeat(depth)}`
  for (const [part] of text.matchAll(parts)) {
    const isOpened = before === '{' || before === '['
    const isClosing = part === '}' || part === ']'
    if (isClosing) depth--
    if (isClosing ? !isOpened : isOpened || before === ',') indented += line()
    indented += part === ':' ? ': ' : part
    if (part === '{' || part === '[') depth++
    before = part
  }
  return indented
}
