import { tableLabel } from '../../domain/change.ts'
import type { InstallPlan, InstallStep } from '../../install/plan.ts'
import { visibleText } from '../visible-text.ts'

/** A step in words, as something to do. */
export function describeStep(step: InstallStep): string {
  switch (step.kind) {
    case 'migrate':
      return `create or update the schema rtbridge (${step.files.join(', ')})`
    case 'capture': {
      const { keyColumns, excluded } = step.target
      const key = keyColumns.length === 0 ? 'no key' : `key ${keyColumns.join(', ')}`
      const without = excluded.length === 0 ? '' : `, without ${excluded.join(', ')}`
      return visibleText(`capture ${tableLabel(step.target)} (${step.reason}; ${key}${without})`)
    }
    case 'release':
      return visibleText(`release ${tableLabel(step.table)} (${step.reason})`)
  }
}

/** What a step is about, in a word or two. */
export function stepSubject(step: InstallStep): string {
  if (step.kind === 'capture') return visibleText(tableLabel(step.target))
  return step.kind === 'release' ? visibleText(tableLabel(step.table)) : 'the schema rtbridge'
}

/** A plan for programs. Stable; `version` grows with incompatible changes. */
export function planToJson(plan: InstallPlan, applied: boolean): object {
  return {
    version: 1,
    applied,
    steps: plan.steps.map(stepToJson),
    unchanged: plan.unchanged.map(tableLabel),
    notes: plan.notes,
  }
}

function stepToJson(step: InstallStep): object {
  switch (step.kind) {
    case 'migrate':
      return { kind: step.kind, files: step.files }
    case 'release':
      return { kind: step.kind, table: tableLabel(step.table), reason: step.reason }
    case 'capture': {
      const { keyColumns, excluded, maxRowBytes } = step.target
      return {
        kind: step.kind,
        table: tableLabel(step.target),
        reason: step.reason,
        key_columns: keyColumns,
        excluded,
        max_row_bytes: maxRowBytes,
      }
    }
  }
}
