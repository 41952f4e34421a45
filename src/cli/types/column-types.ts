import { tableLabel } from '../../domain/change.ts'
import type { ColumnInfo, TypeInfo } from '../../install/column-catalogue.ts'
import { chooseTypeNames } from './type-names.ts'
import { type Field, type NamedType, nullable, type ValueType } from './value-type.ts'

/** The types of columns. */
export interface ColumnTypes {
  /**
   * @param columns those of a table, without what is excluded
   * @param hidden names of those that a policy hides from some
   */
  fieldsOf(columns: readonly ColumnInfo[], hidden?: readonly string[]): readonly Field[]
  /** Enums and composite types, sorted by label. */
  readonly named: readonly NamedType[]
  /** Names for the tables, in their order. */
  readonly tableNames: readonly string[]
}

/**
 * Says what JSON brings for each type of the catalogue, as `to_jsonb` prints it.
 * @param types by oid, with all that they are made of
 * @param tableLabels they get their names first
 */
export function createColumnTypes(
  types: ReadonlyMap<string, TypeInfo>,
  tableLabels: readonly string[],
): ColumnTypes {
  const own = [...types]
    .filter(([, { kind }]) => kind === 'enum' || kind === 'composite')
    .map(([oid, info]) => ({ oid, info, label: tableLabel(info) }))
    .sort((a, b) => (a.label < b.label ? -1 : 1))
  const names = chooseTypeNames([...tableLabels, ...own.map(({ label }) => label)])
  const named = new Map<string, NamedType>()
  const valueType = (oid: string, dimensions: number): ValueType => {
    const info = types.get(oid)
    const type = named.get(oid)
    if (info === undefined) return { kind: 'unknown' }
    if (type !== undefined) return { kind: 'named', type }
    switch (info.kind) {
      case 'domain':
        return valueType(info.part ?? '', info.dimensions)
      case 'array':
        return arrayOf(valueType(info.part ?? '', 0), dimensions)
      case 'json':
        return { kind: 'unknown' }
      case 'enum':
      case 'composite':
        throw new Error(`the type ${info.name} has no name`)
      default:
        return { kind: info.kind }
    }
  }
  const fieldsOf = (columns: readonly ColumnInfo[], hidden: readonly string[] = []) =>
    columns.map(({ name, type, typeText, dimensions, notNull, comment }): Field => {
      const value = valueType(type, dimensions)
      const isHidden = hidden.includes(name)
      const remarks = [
        typeText + lossOf(type, typeText, types),
        ...(isHidden ? ['A policy hides it from some: it is missing then.'] : []),
        ...(comment === null ? [] : [comment]),
      ]
      return { name, type: notNull ? value : nullable(value), isHidden, remarks }
    })
  own.forEach(({ oid, info, label }, index) => {
    named.set(oid, nameType(info, label, names[tableLabels.length + index] ?? '', fieldsOf))
  })
  return { fieldsOf, named: [...named.values()], tableNames: names.slice(0, tableLabels.length) }
}

function nameType(
  info: TypeInfo,
  label: string,
  name: string,
  fieldsOf: (columns: readonly ColumnInfo[]) => readonly Field[],
): NamedType {
  const remarks = [`The type ${label}.`, ...(info.comment === null ? [] : [info.comment])]
  if (info.kind === 'enum') return { name, remarks, shape: { kind: 'enum', labels: info.labels } }
  let fields: readonly Field[] | null = null
  const shape = {
    kind: 'object' as const,
    // Its members may have types that get their names after it.
    get fields() {
      fields ??= fieldsOf(info.attributes)
      return fields
    },
  }
  return { name, remarks, shape }
}

/** Elements of an array may be null, whatever its type says. */
function arrayOf(element: ValueType, dimensions: number): ValueType {
  let type: ValueType = { kind: 'array', items: nullable(element) }
  for (let depth = 1; depth < dimensions; depth++) type = { kind: 'array', items: type }
  return type
}

/** What becomes of digits that a double cannot hold. */
function lossOf(oid: string, typeText: string, types: ReadonlyMap<string, TypeInfo>): string {
  const info = types.get(oid)
  if (info?.kind === 'domain' || info?.kind === 'array') {
    const part = types.get(info.part ?? '')
    return part?.kind === 'number' || part?.kind === 'integer'
      ? lossOf(info.part ?? '', part.name, types)
      : ''
  }
  if (info?.kind === 'integer' && (typeText === 'bigint' || typeText === 'int8')) {
    return '; beyond 2^53 JSON.parse loses digits'
  }
  const [, precision] = /^numeric(?:\((\d+))?/.exec(typeText) ?? []
  if (info?.kind !== 'number' || !typeText.startsWith('numeric')) return ''
  return precision === undefined || Number(precision) > 15 ? '; beyond 15 digits JSON.parse rounds' : ''
}
