import type { Change } from '../domain/change.ts'
import { rowKey } from '../expressions/row-key.ts'

/**
 * Puts changes of one row that one transaction made into the order in which they happened.
 *
 * Row triggers fire when their statement has changed all its rows. When another trigger of the statement then changes one
 * of them again, that inner change is journalled before the outer change of the same row. Old and new images tell the
 * true order: each change starts from the image that the one before it left.
 *
 * Only changes of the same table and transaction within the given list are compared; everything else keeps its place.
 * @returns the same list when nothing is out of order
 */
export function restoreRowOrder(changes: readonly Change[]): readonly Change[] {
  const suspects = suspectGroups(changes)
  if (suspects.size === 0) return changes
  const ordered = [...changes]
  for (const positions of positionsByRow(changes, suspects)) {
    const chain = positions.map(position => changes[position]).filter(change => change !== undefined)
    linkChain(chain).forEach((change, index) => {
      const position = positions[index]
      if (position !== undefined) ordered[position] = change
    })
  }
  return ordered
}

/** Tables and transactions in which a change starts from an image that only a later one leaves. Cheap: no row is parsed. */
function suspectGroups(changes: readonly Change[]): Set<string> {
  const suspects = new Set<string>()
  if (changes.every(change => change.oldRow === null)) return suspects
  const leftLater = new Map<string, Change>()
  for (const change of changes.toReversed()) {
    if (change.oldRow !== null) {
      const later = leftLater.get(change.oldRow)
      if (later !== undefined && groupOf(later) === groupOf(change)) suspects.add(groupOf(change))
    }
    if (change.newRow !== null) leftLater.set(change.newRow, change)
  }
  return suspects
}

function groupOf(change: Change): string {
  return `${change.xid}/${change.table.id}`
}

function positionsByRow(changes: readonly Change[], groups: ReadonlySet<string>): number[][] {
  const rows = new Map<string, number[]>()
  changes.forEach((change, position) => {
    if (!groups.has(groupOf(change)) || change.truncated) return
    const key = rowKey(change.oldRow ?? change.newRow ?? '{}', change.table.keyColumns)
    if (key === null) return
    const row = `${groupOf(change)}/${key}`
    const positions = rows.get(row)
    if (positions === undefined) rows.set(row, [position])
    else positions.push(position)
  })
  return [...rows.values()].filter(positions => positions.length > 1)
}

/** The changes of one row as a chain of images; as they came when they do not form one. */
function linkChain(chain: readonly Change[]): readonly Change[] {
  if (isLinked(chain)) return chain
  const rest = [...chain]
  const start = rest.findIndex(
    change => !rest.some(other => other !== change && other.newRow === change.oldRow),
  )
  const linked = rest.splice(Math.max(0, start), 1)
  while (rest.length > 0) {
    const image = linked.at(-1)?.newRow ?? null
    const next = rest.findIndex(change => change.oldRow === image)
    if (next === -1) return chain
    linked.push(...rest.splice(next, 1))
  }
  return linked
}

function isLinked(chain: readonly Change[]): boolean {
  return chain.every((change, index) => index === 0 || change.oldRow === (chain[index - 1]?.newRow ?? null))
}
