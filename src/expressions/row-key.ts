import { decodeString, memberText } from './json-text.ts'

/**
 * The key of a row as text: one column gives its content (strings unescaped, numbers digit by digit), several give
 * a JSON array of such texts, as in `["1","x"]`.
 *
 * @param text the row as PostgreSQL prints `jsonb`
 * @param keyColumns columns of the primary key, in key order
 * @returns null without key columns, or when one of them is missing or null
 * @throws RTB_ROW_UNREADABLE
 */
export function rowKey(text: string, keyColumns: readonly string[]): string | null {
  if (keyColumns.length === 0) return null
  const texts: string[] = []
  for (const column of keyColumns) {
    const raw = memberText(text, column)
    if (raw === undefined || raw === 'null') return null
    texts.push(textOf(raw))
  }
  const [only] = texts
  if (only === undefined) return null
  return texts.length === 1 ? only : JSON.stringify(texts)
}

/** A column as text: the content of a string, the JSON text of anything else. */
export function textOf(raw: string): string {
  return raw.startsWith('"') ? decodeString(raw) : raw
}
