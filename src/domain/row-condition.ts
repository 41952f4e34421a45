/** A constant as conditions compare with it: whole numbers are bigint, others doubles. */
export type ConditionValue = string | bigint | number | boolean

export const comparisons = ['==', '<', '<=', '>', '>='] as const
export type Comparison = (typeof comparisons)[number]

/**
 * What must hold of a row before an expression can be true of it. Wider than the expression: whoever uses it to leave
 * out rows tests the others with the expression itself.
 */
export type RowCondition =
  | { readonly kind: 'and' | 'or'; readonly of: readonly RowCondition[] }
  | {
      readonly kind: 'compare'
      readonly column: string
      readonly op: Comparison
      readonly value: ConditionValue
    }
  | { readonly kind: 'in'; readonly column: string; readonly values: readonly ConditionValue[] }
  | { readonly kind: 'startsWith'; readonly column: string; readonly prefix: string }
