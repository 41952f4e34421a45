/** What a value is when JSON brings it, in the words that TypeScript and JSON Schema share. */
export type ValueType =
  | { readonly kind: 'boolean' | 'integer' | 'string' | 'null' | 'unknown' }
  /** NaN and the infinities come as texts. */
  | { readonly kind: 'number' }
  | { readonly kind: 'named'; readonly type: NamedType }
  | { readonly kind: 'nullable'; readonly of: ValueType }
  | { readonly kind: 'array'; readonly items: ValueType }
  | { readonly kind: 'map'; readonly values: ValueType }
  | { readonly kind: 'object'; readonly fields: readonly Field[] }

/** A member of an object. */
export interface Field {
  readonly name: string
  readonly type: ValueType
  /** A policy hides it from some, who get the object without it. */
  readonly isHidden: boolean
  /** What is to be known of it, a paragraph each. */
  readonly remarks: readonly string[]
}

/** A type that has a name of its own: the rows of a table, a composite type, an enum. */
export interface NamedType {
  /** Unique, and an identifier. */
  readonly name: string
  /** What is to be known of it, a paragraph each. */
  readonly remarks: readonly string[]
  readonly shape:
    | { readonly kind: 'object'; readonly fields: readonly Field[] }
    | { readonly kind: 'enum'; readonly labels: readonly string[] }
}

/** One way an event comes. */
export interface EventVariant {
  /** Its label. */
  readonly table: string
  /** In the order INSERT, UPDATE, DELETE, TRUNCATE. */
  readonly ops: readonly string[]
  readonly data: ValueType
  /** A whole row is in the data, of which a truncated event has the key only. */
  readonly holdsRow: boolean
}

/** Everything that the types of a configuration are written from. All lists are sorted. */
export interface TypeModel {
  /** Their labels are what clients call them; two tables may have the same. */
  readonly tables: readonly { readonly label: string; readonly row: NamedType }[]
  /** Enums and composite types that the tables use. */
  readonly types: readonly NamedType[]
  readonly events: readonly { readonly name: string; readonly variants: readonly EventVariant[] }[]
  /** What the author of the rules should know. */
  readonly notes: readonly string[]
}

/** The tables by what clients call them. */
export function rowsByLabel({ tables }: TypeModel): ReadonlyMap<string, readonly NamedType[]> {
  const rows = new Map<string, NamedType[]>()
  for (const { label, row } of tables) rows.set(label, [...(rows.get(label) ?? []), row])
  return rows
}

/** The same, or null. */
export function nullable(type: ValueType): ValueType {
  return type.kind === 'nullable' || type.kind === 'null' || type.kind === 'unknown'
    ? type
    : { kind: 'nullable', of: type }
}
