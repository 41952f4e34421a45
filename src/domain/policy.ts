import type { SourceLocation } from './rule.ts'

/** One line of a policy: whom it speaks of, and what it lets them see or keeps from them. */
export interface PolicyRule {
  /** True: whom and what it speaks of is denied, whatever other rules allow. */
  readonly deny: boolean
  /** Only identities with one of these roles; null = everybody. */
  readonly roles: readonly string[] | null
  /** CEL condition over the row, as `new`, and `auth`; null = every row. */
  readonly where: string | null
  /** The column that has to hold the identity's tenant; null = not asked. */
  readonly tenant: string | null
  /** Columns that this rule does not show. */
  readonly hide: readonly string[]
  /** Where it stands, and where its `where` stands. */
  readonly location: SourceLocation
  readonly whereLocation: SourceLocation
}

/** The rules of the tables (a pattern, see `parseTablePattern`) or events (a glob) that a name selects. */
export interface Policy {
  readonly name: string
  /** In file order. None: nobody sees any of it. */
  readonly rules: readonly PolicyRule[]
  readonly location: SourceLocation
}

/** Who may send custom events, and which. */
export interface PublishRule {
  readonly deny: boolean
  /** Null = everybody. */
  readonly roles: readonly string[] | null
  /** Globs of event types; null = all. */
  readonly events: readonly string[] | null
  /** Globs of rooms; null = to any room and to everybody. */
  readonly rooms: readonly string[] | null
}

/** The `policies:` of a configuration. */
export interface Policies {
  /** What holds for tables, and for events without a table, that no policy names. */
  readonly default: 'allow' | 'deny'
  readonly tables: readonly Policy[]
  /** For business events and events without a table. */
  readonly events: readonly Policy[]
  /** Null = everybody may send everything. */
  readonly publish: readonly PublishRule[] | null
}
