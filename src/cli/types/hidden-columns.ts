import type { Policies } from '../../domain/policy.ts'
import { chooseForTable, parseTablePattern } from '../../domain/table-pattern.ts'

/** The columns of a table that some policy hides from somebody. */
export function hiddenColumns(
  policies: Policies | null,
  table: { readonly schema: string; readonly name: string },
): readonly string[] {
  const candidates = (policies?.tables ?? []).flatMap(({ name, rules }) => {
    const pattern = parseTablePattern(name)
    return pattern === null ? [] : [{ pattern, rules }]
  })
  return [...new Set(chooseForTable(candidates, table)?.rules.flatMap(({ hide }) => hide))]
}
