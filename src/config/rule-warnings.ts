import type { SourceLocation, TableRule } from '../domain/rule.ts'
import { formatLocation } from '../domain/rule.ts'
import type { CompiledEventRule } from '../expressions/compile-event-rule.ts'

/**
 * What is allowed in a rule and probably not meant; each with its place.
 * @param isOpen nobody is asked who he is
 */
export function warnAboutRule(
  compiled: CompiledEventRule,
  table: TableRule,
  isOpen: boolean,
): readonly string[] {
  const { rule } = compiled
  const warnings: string[] = []
  const warn = (field: string, text: string) => {
    const location: SourceLocation = rule.locations[field] ?? rule.location
    warnings.push(`${formatLocation(location)}: ${rule.eventType}: ${text}`)
  }
  for (const [field, reads] of readsByField(compiled)) {
    const missing = missingRow(rule.on, reads)
    if (missing !== null) warn(field, missing)
    for (const column of table.exclude) {
      if (reads.some(read => read === `old.${column}` || read === `new.${column}`)) {
        warn(field, `the column "${column}" is excluded, so it is never there`)
      }
    }
  }
  const wrongOperation = rule.when === null ? null : comparedWithNoOperation(rule.when)
  if (wrongOperation !== null) {
    warn('when', `\`op\` is never "${wrongOperation}"; it is INSERT, UPDATE, DELETE or TRUNCATE, in capitals`)
  }
  if (rule.roles !== null && isOpen) {
    warn('roles', 'it is for roles, and nobody has roles while auth.mode is open, so nobody gets it')
  }
  return warnings
}

function readsByField({
  when,
  data,
  rooms,
}: CompiledEventRule): readonly (readonly [string, readonly string[]])[] {
  return [
    ...(when === null ? [] : [['when', when.reads] as const]),
    ...(data ?? []).map(([name, expression]) => [`data.${name}`, expression.reads] as const),
    ...(rooms ?? []).map(
      (template, index) =>
        [`rooms.${index}`, template.expressions.flatMap(expression => expression.reads)] as const,
    ),
  ]
}

/** A row that none of the rule's operations has, and that is read all the same. */
function missingRow(on: readonly string[], reads: readonly string[]): string | null {
  const readsColumn = (row: string) => reads.some(read => read.startsWith(`${row}.`))
  if (readsColumn('old') && !on.some(operation => operation === 'update' || operation === 'delete')) {
    return `it reads \`old\`, and ${on.join(' and ')} has no old row`
  }
  if (readsColumn('new') && !on.some(operation => operation === 'insert' || operation === 'update')) {
    return `it reads \`new\`, and ${on.join(' and ')} has no new row`
  }
  return null
}

function comparedWithNoOperation(when: string): string | null {
  for (const [, , word = ''] of when.matchAll(/\bop\s*[!=]=\s*(["'])(\w*)\1/g)) {
    if (!['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'].includes(word)) return word
  }
  return null
}
