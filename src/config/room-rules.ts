import { isAutomaticRoom } from '../domain/automatic-room.ts'
import { didYouMean } from '../domain/closest-word.ts'
import { counted } from '../domain/counted.ts'
import type { NamedQuery, RoomRule } from '../domain/room-rule.ts'
import type { SourceLocation } from '../domain/rule.ts'
import { formatLocation } from '../domain/rule.ts'
import { compileRoomRule } from '../expressions/compile-room-rule.ts'
import type { FileContent, FileQuery, FileRoom } from './file-schema.ts'
import type { YamlSource } from './yaml-source.ts'

/** The rules for rooms of a file, and everything that is wrong in them. */
export interface BuiltRoomRules {
  readonly rules: readonly RoomRule[]
  readonly problems: readonly string[]
}

type Report = (location: SourceLocation, problem: string) => void

/** Builds the rules for rooms of a checked file and compiles every expression, so that mistakes are found here. */
export function buildRoomRules({ rooms, queries }: FileContent, source: YamlSource): BuiltRoomRules {
  const problems: string[] = []
  const report: Report = (location, problem) => problems.push(`${formatLocation(location)}: ${problem}`)
  const known = new Map(Object.entries(queries ?? {}).map(([name, query]) => [name, toQuery(name, query)]))
  const rules = Object.entries(rooms?.patterns ?? {}).map(([pattern, room]) => {
    const rule = buildRule({ pattern, room: room ?? {}, known, source, report })
    checkRule(rule, report)
    return rule
  })
  return { rules, problems }
}

function toQuery(name: string, query: FileQuery): NamedQuery {
  return typeof query === 'string'
    ? { name, sql: query, role: null }
    : { name, sql: query.sql, role: query.role ?? null }
}

interface RuleInput {
  readonly pattern: string
  readonly room: FileRoom
  readonly known: ReadonlyMap<string, NamedQuery>
  readonly source: YamlSource
  readonly report: Report
}

function buildRule({ pattern, room, known, source, report }: RuleInput): RoomRule {
  const path = ['rooms', 'patterns', pattern]
  const locations: Record<string, SourceLocation> = {}
  if (room.when !== undefined) locations['when'] = source.locate([...path, 'when'], 'text')
  const parameters = listOf(room.with) ?? []
  parameters.forEach((_, index) => {
    const place = Array.isArray(room.with) ? ['with', index] : ['with']
    locations[`with.${index}`] = source.locate([...path, ...place], 'text')
  })
  const query = room.query === undefined ? null : (known.get(room.query) ?? null)
  if (room.query !== undefined && query === null) {
    const meant = didYouMean(room.query, [...known.keys()])
    report(source.locate([...path, 'query']), `there is no query "${room.query}" in \`queries\`${meant}`)
  }
  return {
    pattern,
    roles: listOf(room.roles),
    when: room.when === undefined ? null : String(room.when),
    query,
    with: parameters,
    location: source.locate(path, 'key'),
    locations,
  }
}

function checkRule(rule: RoomRule, report: Report): void {
  if (isAutomaticRoom(rule.pattern)) {
    report(
      rule.location,
      `\`${rule.pattern}\`: rooms that begin with user:, role: or tenant: cannot be joined`,
    )
  }
  for (const { field, problem, offset } of compileRoomRule(rule).problems) {
    const at = rule.locations[field] ?? rule.location
    const what = field === 'pattern' ? `\`${rule.pattern}\`` : `\`${field}\` of ${rule.pattern}`
    report({ ...at, column: at.column + offset }, `${what} ${problem}`)
  }
  if (rule.query === null) return
  const wanted = parameterCount(rule.query.sql)
  if (wanted === rule.with.length) return
  const values = counted(wanted, 'value')
  report(rule.location, `the query "${rule.query.name}" takes ${values}, \`with\` gives ${rule.with.length}`)
}

/** The highest `$n` of a statement, wherever it stands outside of texts and comments. */
function parameterCount(sql: string): number {
  const bare = sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
  return Math.max(0, ...[...bare.matchAll(/\$(\d{1,4})/g)].map(([, number]) => Number(number)))
}

function listOf(value: string | readonly string[] | undefined): readonly string[] | null {
  if (value === undefined) return null
  return typeof value === 'string' ? [value] : value
}
