import * as z from 'zod'
import type { ValueKind } from './value-kinds.ts'

/** How a value is checked: one way says what was expected, the other gives a JSON Schema. */
export type Leaf = (kind: Pick<ValueKind<unknown>, 'expected' | 'input' | 'parse'>) => z.ZodType

/** A list of values, or one alone. */
export function oneOrMore(leaf: Leaf, kind: ValueKind<unknown>): z.ZodType {
  return z.union([z.array(leaf(kind)), leaf(kind)])
}
