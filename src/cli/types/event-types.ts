import type { TableRule } from '../../domain/rule.ts'
import { formatLocation } from '../../domain/rule.ts'
import { type CompiledEventRule, compileEventRule } from '../../expressions/compile-event-rule.ts'
import { expressionType } from './expression-type.ts'
import type { EventVariant, Field, NamedType, TypeModel, ValueType } from './value-type.ts'

/** A captured table with the rule that selects it. */
export interface RuledTable {
  readonly label: string
  readonly row: NamedType
  readonly rule: TableRule
  /** Columns that a policy hides from some. */
  readonly hidden: readonly string[]
}

/**
 * The types of all events that rules can make. An operation on which a rule always fails makes none, and is noted.
 * @param tables sorted by label
 */
export function eventTypes(tables: readonly RuledTable[]): Pick<TypeModel, 'events' | 'notes'> {
  const events = new Map<string, EventVariant[]>()
  const notes: string[] = []
  for (const table of tables) {
    const { label, rule } = table
    for (const event of rule.events) {
      const { compiled } = compileEventRule(event)
      const variants = events.get(event.eventType) ?? []
      for (const operation of event.on) {
        const op = operation.toUpperCase()
        const outcome = dataType(compiled, table, op)
        if (outcome.kind === 'none') {
          const at = formatLocation(event.locations[outcome.field] ?? event.location)
          const what = `\`${outcome.field}\` of ${event.eventType} fails on every ${op} of ${label}`
          notes.push(`${at}: ${what}: ${outcome.why}`)
          continue
        }
        addVariant(variants, { table: label, ops: [op], data: outcome.data, holdsRow: outcome.holdsRow })
      }
      if (variants.length > 0) events.set(event.eventType, variants)
    }
  }
  const sorted = [...events].sort(([a], [b]) => (a < b ? -1 : 1))
  return { events: sorted.map(([name, variants]) => ({ name, variants })), notes }
}

/** Operations of a table that bring the same are one variant. */
function addVariant(variants: EventVariant[], added: EventVariant): void {
  const data = keyOf(added.data)
  const index = variants.findIndex(({ table, data: other }) => table === added.table && keyOf(other) === data)
  const same = variants[index]
  if (same === undefined) variants.push(added)
  else variants[index] = { ...same, ops: [...new Set([...same.ops, ...added.ops])] }
}

function keyOf(type: ValueType): string {
  return JSON.stringify(type, (key, value) => (key === 'type' && 'shape' in value ? value.name : value))
}

type DataType =
  | { readonly kind: 'some'; readonly data: ValueType; readonly holdsRow: boolean }
  | { readonly kind: 'none'; readonly field: string; readonly why: string }

/** As `mapChange` makes it. */
function dataType({ data }: CompiledEventRule, { row, hidden }: RuledTable, op: string): DataType {
  if (data === null) {
    if (op === 'TRUNCATE') return { kind: 'some', data: { kind: 'null' }, holdsRow: false }
    return { kind: 'some', data: { kind: 'named', type: row }, holdsRow: true }
  }
  const fields: Field[] = []
  for (const [name, expression] of data) {
    const type = expressionType(expression, row, op)
    if (type.kind === 'impossible') return { kind: 'none', field: `data.${name}`, why: type.why }
    fields.push({ name, type, isHidden: readsHidden(expression.reads, hidden), remarks: [] })
  }
  const holdsRow = fields.some(({ type }) => type.kind === 'named' && type.type === row)
  return { kind: 'some', data: { kind: 'object', fields }, holdsRow }
}

/** A field that reads what somebody does not see is left out for him; `new` alone reads all of the row. */
function readsHidden(reads: readonly string[], hidden: readonly string[]): boolean {
  return reads.some(read => {
    const column = /^(?:old|new)\.(.*)$/s.exec(read)?.[1]
    return column === undefined ? hidden.length > 0 : hidden.includes(column)
  })
}
