import type { RowOperation } from '../domain/change.ts'
import { rowOperations } from '../domain/change.ts'
import { priorities } from '../domain/event.ts'
import type { EventRule, SourceLocation, TableRule } from '../domain/rule.ts'
import { formatLocation } from '../domain/rule.ts'
import { parseTablePattern } from '../domain/table-pattern.ts'
import { compileEventRule } from '../expressions/compile-event-rule.ts'
import type { FileContent, FileEvent, FileTable } from './file-schema.ts'
import { warnAboutRule } from './rule-warnings.ts'
import { size } from './value-kinds.ts'
import type { YamlSource } from './yaml-source.ts'

/** The rules of a file, and everything that is wrong or doubtful in them. */
export interface TableRules {
  readonly tables: readonly TableRule[]
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
}

export interface TableRulesOptions {
  /** For tables that name none. */
  readonly maxRowBytes: number
  /** Nobody is asked who he is, so nobody has roles. */
  readonly isOpen: boolean
}

const eventName = /^[A-Za-z][A-Za-z0-9_.:-]{0,99}$/
const reserved = new Set(rowOperations.map(operation => operation.toUpperCase()))

/**
 * Builds the rules of a checked file and compiles every expression, so that a mistake is reported with its place
 * before anything starts.
 */
export function buildTableRules(
  content: FileContent,
  source: YamlSource,
  { maxRowBytes, isOpen }: TableRulesOptions,
): TableRules {
  const problems: string[] = []
  const warnings: string[] = []
  const { tables } = content
  const entries = isList(tables)
    ? tables.map((pattern, index) => ({
        pattern,
        table: {},
        path: ['tables', index],
        part: 'value' as const,
      }))
    : Object.entries(tables ?? {}).map(([pattern, table]) => ({
        pattern,
        table: table ?? {},
        path: ['tables', pattern],
        part: 'key' as const,
      }))
  const seen = new Set<string>()
  const built = entries.map(({ pattern, table, path, part }) => {
    const location = source.locate(path, part)
    if (parseTablePattern(pattern) === null)
      problems.push(`${formatLocation(location)}: ${notAPattern(pattern)}`)
    if (seen.has(pattern))
      problems.push(`${formatLocation(location)}: the table \`${pattern}\` is there already`)
    seen.add(pattern)
    const rule = buildTable({ pattern, table, path, location, source, maxRowBytes })
    for (const event of rule.events) {
      const checked = checkEvent(event, rule, isOpen)
      problems.push(...checked.problems)
      warnings.push(...checked.warnings)
    }
    return rule
  })
  return { tables: built, problems, warnings }
}

function isList(tables: FileContent['tables']): tables is readonly string[] {
  return Array.isArray(tables)
}

function notAPattern(pattern: string): string {
  return `\`${pattern}\` is not a table; expected table, schema.table, a glob such as sales.* or "Odd Name" in double quotes`
}

interface TableInput {
  readonly pattern: string
  readonly table: FileTable
  readonly path: readonly PropertyKey[]
  readonly location: SourceLocation
  readonly source: YamlSource
  readonly maxRowBytes: number
}

function buildTable({ pattern, table, path, location, source, maxRowBytes }: TableInput): TableRule {
  const events = Object.entries(table.events ?? {}).map(([eventType, event]) =>
    buildEvent({ eventType, event: event ?? {}, path: [...path, 'events', eventType], source }),
  )
  return {
    pattern,
    channel: table.channel ?? null,
    exclude: listOf(table.exclude) ?? [],
    maxRowBytes: table.max_row === undefined ? maxRowBytes : (size(0).parse(table.max_row) ?? maxRowBytes),
    events,
    location,
  }
}

interface EventInput {
  readonly eventType: string
  readonly event: FileEvent
  readonly path: readonly PropertyKey[]
  readonly source: YamlSource
}

function buildEvent({ eventType, event, path, source }: EventInput): EventRule {
  const rooms = listOf(event.rooms)
  const locations: Record<string, SourceLocation> = {}
  if (event.when !== undefined) locations['when'] = source.locate([...path, 'when'], 'text')
  for (const name of Object.keys(event.data ?? {})) {
    locations[`data.${name}`] = source.locate([...path, 'data', name], 'text')
  }
  rooms?.forEach((_room, index) => {
    const place = Array.isArray(event.rooms) ? ['rooms', index] : ['rooms']
    locations[`rooms.${index}`] = source.locate([...path, ...place], 'text')
  })
  return {
    eventType,
    on: operationsOf(event.on),
    when: event.when === undefined ? null : String(event.when),
    data:
      event.data === undefined
        ? null
        : Object.fromEntries(Object.entries(event.data).map(([name, value]) => [name, String(value)])),
    rooms,
    roles: listOf(event.roles),
    priority: priorities.find(priority => priority === event.priority) ?? 'normal',
    location: source.locate(path, 'key'),
    locations,
  }
}

/** Without `on` an event follows every row change; TRUNCATE has no row and has to be named. */
function operationsOf(on: string | readonly string[] | undefined): readonly RowOperation[] {
  const named = listOf(on) ?? ['insert', 'update', 'delete']
  return rowOperations.filter(operation => named.includes(operation))
}

function listOf(value: string | readonly string[] | undefined): readonly string[] | null {
  if (value === undefined) return null
  return typeof value === 'string' ? [value] : value
}

function checkEvent(
  event: EventRule,
  table: TableRule,
  isOpen: boolean,
): { problems: string[]; warnings: readonly string[] } {
  const problems: string[] = []
  const report = (location: SourceLocation, problem: string) => {
    problems.push(`${formatLocation(location)}: ${problem}`)
  }
  if (!eventName.test(event.eventType)) {
    report(
      event.location,
      `\`${event.eventType}\` is not an event name; expected a letter, then letters, digits, _ . : -`,
    )
  } else if (reserved.has(event.eventType.toUpperCase())) {
    report(event.location, `${event.eventType} is reserved: it is the name of the table event itself`)
  }
  if (event.on.length === 0)
    report(event.location, `${event.eventType} has an empty \`on\`, so it never happens`)
  const { compiled, problems: wrong } = compileEventRule(event)
  for (const { field, problem, offset } of wrong) {
    const at = event.locations[field] ?? event.location
    report({ ...at, column: at.column + offset }, `\`${field}\` of ${event.eventType} ${problem}`)
  }
  return { problems, warnings: problems.length > 0 ? [] : warnAboutRule(compiled, table, isOpen) }
}
