import type { PresenceEntry, PresenceWord } from '../domain/presence.ts'
import { maxPresenceName as maxName } from '../domain/presence.ts'

const maxRooms = 1_000
/** Most connections in one word; what a hub says in more than one message is put together before. */
const maxEntries = 20_000

/**
 * Reads what a hub says of who is with it; anyone may have put it on the bus.
 * @returns null for whatever no hub would have said
 */
export function readPresenceWord(found: unknown): PresenceWord | null {
  if (!isObject(found)) return null
  const { word, of, number, entries, changed, gone } = found
  if (word === 'ask') return of === null || isName(of) ? { word, of } : null
  if (!isCount(number)) return null
  if (word === 'beat') return { word, number }
  if (word === 'all') return isListOf(entries, isEntry) ? { word, number, entries } : null
  if (word !== 'change' || !isListOf(changed, isEntry) || !isListOf(gone, isName)) return null
  return { word, number, changed, gone }
}

function isEntry(found: unknown): found is PresenceEntry {
  if (!isObject(found)) return false
  const { id, user, clientId, appName, away, rooms } = found
  const hasNames = isName(id) && isName(clientId) && (user === null || isName(user)) && isText(appName)
  return hasNames && typeof away === 'boolean' && isListOf(rooms, isName, maxRooms)
}

function isListOf<Item>(
  found: unknown,
  isItem: (item: unknown) => item is Item,
  max = maxEntries,
): found is readonly Item[] {
  return Array.isArray(found) && found.length <= max && found.every(isItem)
}

function isCount(found: unknown): found is number {
  return typeof found === 'number' && Number.isSafeInteger(found) && found >= 0
}

function isName(found: unknown): found is string {
  return isText(found) && found !== ''
}

function isText(found: unknown): found is string {
  return typeof found === 'string' && found.length <= maxName
}

function isObject(found: unknown): found is Readonly<Record<string, unknown>> {
  return typeof found === 'object' && found !== null
}
