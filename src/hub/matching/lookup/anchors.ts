import type { ColumnValue } from '../../../expressions/choices.ts'
import type { CompiledSubscription } from '../subscription.ts'

/** What an anchor looks at: a column of the rows, the event's rooms, channel or type, or nothing but its table. */
export const anchorKinds = ['column', 'room', 'channel', 'type', 'all'] as const
export type AnchorKind = (typeof anchorKinds)[number]

/** Where a subscription is found: an event without it cannot be for the subscription. */
export interface Anchor {
  /** Null: whatever the table. */
  readonly table: string | null
  readonly kind: AnchorKind
  /** Of the column; empty for the other kinds. */
  readonly name: string
  readonly value: ColumnValue
}

/**
 * Most anchors of one subscription. Each costs some hundred bytes of memory, about as much as the element of a list in a
 * `where` does anyway.
 */
const maxAnchors = 64

/**
 * The ways to anchor a subscription, each of which is enough: an event that is for it has at least one anchor of the
 * list. What says most comes first; only columns leave a choice.
 */
export function anchorsOf({ spec, choices }: CompiledSubscription): readonly (readonly Anchor[])[] {
  const tables = exactNames(spec.tables) ?? [null]
  const byColumn = choices
    .map(({ column, values }) => spread(tables, 'column', values, column))
    .filter(anchors => anchors !== null)
  if (byColumn.length > 0) return byColumn
  const best =
    spread(tables, 'room', spec.rooms) ??
    spread(tables, 'channel', spec.channels) ??
    spread(tables, 'type', exactNames(spec.events) ?? []) ??
    spread(tables, 'all', [''])
  return best === null ? [] : [best]
}

/** Null when there is nothing to look for, or too much. */
function spread(
  tables: readonly (string | null)[],
  kind: AnchorKind,
  values: readonly ColumnValue[],
  name = '',
): readonly Anchor[] | null {
  if (values.length === 0 || values.length > maxAnchors) return null
  const within = tables.length * values.length > maxAnchors ? [null] : tables
  return within.flatMap(table => [...new Set(values)].map(value => ({ table, kind, name, value })))
}

/** Null when any name will do, or there is a glob among them. */
function exactNames(patterns: readonly string[]): readonly string[] | null {
  if (patterns.length === 0 || patterns.some(pattern => /[*?]/.test(pattern))) return null
  return [...new Set(patterns)]
}
