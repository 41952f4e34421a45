import type { Knex } from '../database/statement-builder.ts'
import { identifier } from '../database/statement-builder.ts'
import type { Comparison, ConditionValue, RowCondition } from '../domain/row-condition.ts'
import type { TableView } from '../domain/table-rows.ts'
import type { TableDescription } from './table-description.ts'

export interface ConditionScope {
  readonly description: Pick<TableDescription, 'columns' | 'excluded' | 'utf8'>
  /** A column that is not seen of every row is not looked at: which rows come would tell of it. */
  readonly view: TableView
}

/**
 * A condition as SQL: true for every row of which the condition holds as expressions see it, and for others perhaps.
 * @returns null when SQL cannot tell
 */
export function conditionSql(knex: Knex, condition: RowCondition, scope: ConditionScope): Knex.Raw | null {
  if (!('of' in condition)) return leafSql(knex, condition, scope)
  const parts = condition.of.map(each => conditionSql(knex, each, scope))
  const known = parts.filter(part => part !== null)
  // Of an OR each side may be the one that holds.
  if (known.length === 0 || (condition.kind === 'or' && known.length < parts.length)) return null
  const sign = condition.kind === 'and' ? ' AND ' : ' OR '
  return knex.raw(`(${known.map(() => '?').join(sign)})`, known)
}

function leafSql(knex: Knex, condition: Leaf, { description, view }: ConditionScope): Knex.Raw | null {
  const { column: name } = condition
  const column = description.columns.find(each => each.name === name)
  if (column === undefined || description.excluded.includes(name) || view.partlyHidden.includes(name))
    return null
  const values =
    condition.kind === 'compare'
      ? [condition.value]
      : condition.kind === 'in'
        ? condition.values
        : [condition.prefix]
  if (!values.every(value => isWritable(value, description.utf8))) return null
  const target = knex.raw('t.?', [identifier(knex, name)])
  return comparatorOf(column.type)?.(knex, target, condition) ?? null
}

/** Texts that the database can hold, too: neither NUL, nor half of a character, nor one that its encoding lacks. */
function isWritable(value: ConditionValue, utf8: boolean): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'string') return true
  return !value.includes('\0') && !/\p{Surrogate}/u.test(value) && (utf8 || isAscii(value))
}

function isAscii(text: string): boolean {
  return /^[\t\n\r -~]*$/.test(text)
}

type Leaf = Exclude<RowCondition, { kind: 'and' | 'or' }>
type Comparator = (knex: Knex, column: Knex.Raw, leaf: Leaf) => Knex.Raw | null

const operators: Readonly<Record<Comparison, string>> = {
  '==': '=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
}

function comparatorOf(type: string): Comparator | null {
  switch (type) {
    case 'text':
    case 'character varying':
      return compareText
    case 'smallint':
    case 'integer':
    case 'bigint':
      return compareInteger
    case 'numeric':
      return compareNumeric
    case 'boolean':
      return compareBoolean
    case 'uuid':
      return compareExact('uuid', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    case 'date':
      return compareDate
    default:
      return null
  }
}

const compareText: Comparator = (knex, column, leaf) => {
  if (leaf.kind === 'startsWith') {
    return knex.raw('starts_with(? COLLATE "C", ?::text)', [column, leaf.prefix])
  }
  if (leaf.kind === 'in') {
    return allOf('string', leaf.values)
      ? knex.raw('? = ANY (?::text[])', [column, leaf.values.map(String)])
      : null
  }
  if (typeof leaf.value !== 'string') return null
  if (leaf.op === '==') return knex.raw('? = ?::text', [column, leaf.value])
  // Beyond ASCII the order of JavaScript's texts is not that of their bytes.
  if (!isAscii(leaf.value)) return null
  return knex.raw(`? COLLATE "C" ${operators[leaf.op]} ?::text`, [column, leaf.value])
}

const compareInteger: Comparator = (knex, column, leaf) => {
  if (leaf.kind === 'in') {
    if (!allOf('bigint', leaf.values)) return null
    return knex.raw('? = ANY (?::bigint[])', [column, leaf.values.filter(isInt8).map(String)])
  }
  if (leaf.kind !== 'compare' || !isInt8(leaf.value)) return null
  return knex.raw(`? ${operators[leaf.op]} ?::bigint`, [column, String(leaf.value)])
}

/**
 * Printed with a point a number is a double to expressions, without one it is exact. Beyond what a double can be the row
 * is left to the expression.
 */
const compareNumeric: Comparator = (knex, column, leaf) => {
  if (leaf.kind === 'in') {
    const each = leaf.values.map(value => numericSql(knex, column, '==', value))
    if (each.length === 0 || each.includes(null)) return null
    return knex.raw(
      `(${each.map(() => '?').join(' OR ')})`,
      each.filter(part => part !== null),
    )
  }
  return leaf.kind === 'compare' ? numericSql(knex, column, leaf.op, leaf.value) : null
}

function numericSql(knex: Knex, column: Knex.Raw, op: Comparison, value: ConditionValue): Knex.Raw | null {
  if (typeof value !== 'bigint' && typeof value !== 'number') return null
  if (Math.abs(Number(value)) > 2 ** 53) return null
  const sign = operators[op]
  return knex.raw(
    `(? ${sign} ?::numeric OR CASE WHEN ? = 0 OR abs(?) BETWEEN 1e-300 AND 1e300 THEN ?::float8 ${sign} ?::float8 ELSE true END)`,
    [column, String(value), column, column, column, String(value)],
  )
}

const compareBoolean: Comparator = (knex, column, leaf) => {
  const isEquality = leaf.kind === 'compare' && leaf.op === '==' && typeof leaf.value === 'boolean'
  return isEquality ? knex.raw('? = ?::boolean', [column, String(leaf.value)]) : null
}

const compareDate: Comparator = (knex, column, leaf) => {
  const values = leaf.kind === 'in' ? leaf.values : leaf.kind === 'compare' ? [leaf.value] : []
  const isDate = (value: ConditionValue) =>
    typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && isCalendarDay(value)
  return values.every(isDate) ? compareExact('date', /^/)(knex, column, leaf) : null
}

function isCalendarDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`)
  return text > '0001' && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}

/** Types that print each value in one way: equal texts are equal values. */
function compareExact(type: string, form: RegExp): Comparator {
  return (knex, column, leaf) => {
    const fits = (value: ConditionValue): value is string => typeof value === 'string' && form.test(value)
    if (leaf.kind === 'in' && leaf.values.every(fits)) {
      return knex.raw(`? = ANY (?::${type}[])`, [column, [...leaf.values]])
    }
    if (leaf.kind !== 'compare' || leaf.op !== '==' || !fits(leaf.value)) return null
    return knex.raw(`? = ?::${type}`, [column, leaf.value])
  }
}

function allOf<Type extends 'string' | 'bigint'>(type: Type, values: readonly ConditionValue[]): boolean {
  return values.every(value => typeof value === type)
}

function isInt8(value: ConditionValue): value is bigint {
  return typeof value === 'bigint' && BigInt.asIntN(64, value) === value
}
