import type { SourceLocation } from './rule.ts'

/** A question to the database, named in the configuration: who asks gives values for `$1`, `$2`, … and nothing else. */
export interface NamedQuery {
  readonly name: string
  /** One statement. Yes = it returns a row whose first column is neither null nor false. */
  readonly sql: string
  /** The role it runs as, `SET LOCAL ROLE`; null = the hub's own. */
  readonly role: string | null
}

/** Who may join the rooms a pattern speaks of. All that is said has to hold; nothing said = everybody. */
export interface RoomRule {
  /** `office`, `order_{id}`. */
  readonly pattern: string
  /** One of these roles; null = any, or none. */
  readonly roles: readonly string[] | null
  /** CEL condition over `auth`, `room` and the parts of the pattern; null = always. */
  readonly when: string | null
  /** Asked last, if all else holds; null = nothing is asked. */
  readonly query: NamedQuery | null
  /** CEL expressions over the same, one for each parameter of the query. */
  readonly with: readonly string[]
  /** Where it stands, and where each of its expressions stands (`when`, `with.0`). */
  readonly location: SourceLocation
  readonly locations: Readonly<Record<string, SourceLocation>>
}

/** What is configured about rooms. */
export interface RoomRules {
  /** What holds for rooms that no pattern speaks of. */
  readonly others: 'allow' | 'deny'
  /** In file order: the first whose pattern fits decides. */
  readonly rules: readonly RoomRule[]
}
