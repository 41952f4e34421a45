import type { Knex } from 'knex'

export type { Knex } from 'knex'

/** A statement with its values, as sessions take it. */
export interface BuiltStatement {
  readonly sql: string
  readonly values: readonly unknown[]
}

let builder: Promise<Knex> | null = null

/**
 * knex as a builder of statements: it connects to nothing. Loaded at the first use, because that takes a fifth of the time in
 * which a hub starts.
 */
export function loadStatementBuilder(): Promise<Knex> {
  builder ??= import('knex').then(({ default: { knex } }) => knex({ client: 'pg' }))
  return builder
}

/**
 * A name as SQL, whatever is in it. Not by knex: it takes every `?` for a value, a dot for a schema and `[1]` for an element.
 * @see https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
 */
export function identifier(knex: Knex, name: string): Knex.Raw {
  const quoted = name.replaceAll('"', '""')
  if (!/[?\\]/.test(name)) return knex.raw(`"${quoted}"`)
  const escaped = quoted.replace(/[!?\\]/g, each => (each === '!' ? '!!' : each === '?' ? '!003F' : '!005C'))
  return knex.raw(`U&"${escaped}" UESCAPE '!'`)
}

/** What knex has built, with `$1`, `$2`, … */
export function builtStatement(query: Knex.QueryBuilder | Knex.Raw): BuiltStatement {
  const { sql, bindings } = query.toSQL().toNative()
  return { sql, values: bindings }
}
