import type { ASTNode } from '@marcbachmann/cel-js'
import { EvaluationError } from '@marcbachmann/cel-js'
import { RtbridgeError } from '../domain/errors/registry.ts'

/** A failure raised by our own functions inside an evaluation; its message holds no row data. */
export class EvaluationFailure extends Error {}

/** Failures whose text names types and operators only, so that it may be shown. */
const harmless = new Set([
  'no_such_overload',
  'no_matching_overload',
  'invalid_condition_type',
  'invalid_logical_operand',
  'invalid_comprehension_range',
  'division_by_zero',
  'modulo_by_zero',
])

/**
 * Says why an evaluation failed. Text from the expression may appear in it, values of the row never do: it goes to
 * logs and rule errors, which everyone who runs the hub can read.
 */
export function describeFailure(thrown: unknown): string {
  if (thrown instanceof EvaluationFailure || thrown instanceof RtbridgeError) return thrown.message
  if (!(thrown instanceof EvaluationError)) return 'a value is too large'
  if (thrown.code === 'no_such_key') return describeMissing(thrown.node)
  if (harmless.has(thrown.code)) return readableTypes(thrown.summary)
  return thrown.code.replaceAll('_', ' ')
}

function describeMissing(node: ASTNode | undefined): string {
  if (node?.op !== '.') return 'no such member'
  const [container, name] = node.args
  if (container.op !== 'id') return `no member "${name}"`
  const which = container.args
  return which === 'old' || which === 'new'
    ? `no column "${name}" in \`${which}\` (\`old\` is null on INSERT, \`new\` on DELETE, both on TRUNCATE)`
    : `no member "${name}" in \`${which}\``
}

/** cel-js marks types it found out at run time as `dyn<int>`. */
function readableTypes(summary: string): string {
  return summary
    .replace(/dyn<([^<>]+)>/g, '$1')
    .replace('no such overload: ', 'these types do not go together: ')
}
