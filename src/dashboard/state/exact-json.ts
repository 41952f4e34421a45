/** What newer browsers have: numbers as they stood in the text, and a way to write them so again. */
interface ExactJson {
  parse(
    text: string,
    revive: (key: string, value: unknown, context?: { source?: string }) => unknown,
  ): unknown
  rawJSON?(text: string): object
}

const json = JSON as ExactJson

/**
 * Reads JSON so that `JSON.stringify` gives every number back with all its digits: a key beyond 2^53 is that of another row
 * otherwise, in what is shown and in what is copied. Browsers before 2025 may round as they always did.
 *
 * @throws SyntaxError
 * @see https://tc39.es/proposal-json-parse-with-source/
 */
export function parseExactly(text: string): unknown {
  return json.parse(text, (_, value, context) => {
    const source = context?.source
    if (typeof value !== 'number' || source === undefined || String(value) === source) return value
    return json.rawJSON?.(source) ?? value
  })
}
