import { skipSpace, valueEnd } from '../../expressions/json-text.ts'

/**
 * The documents of a text, each as its own text, so that numbers keep their digits: one after another (JSON lines), or in a list.
 * @throws SyntaxError when something in it is not JSON
 */
export function jsonDocuments(text: string): readonly string[] {
  const documents: string[] = []
  let at = skipSpace(text, 0)
  const isList = text[at] === '['
  // The whole is checked first: cutting looks at brackets and quotes only.
  if (isList) JSON.parse(text)
  if (isList) at = skipSpace(text, at + 1)
  while (at < text.length && text[at] !== ']') {
    const end = endOf(text, at)
    const document = text.slice(at, end)
    JSON.parse(document)
    documents.push(document)
    at = skipSpace(text, end)
    if (isList && text[at] === ',') at = skipSpace(text, at + 1)
  }
  return documents
}

function endOf(text: string, at: number): number {
  try {
    return valueEnd(text, at)
  } catch {
    throw new SyntaxError('it ends inside a value')
  }
}
