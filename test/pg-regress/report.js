import { kinds, renderHunks } from './explained-differences.js'

/**
 * The figures of a suite, and every difference that the list does not explain.
 *
 * @param tests with `test`, `hunks`, `known`, `unknown`
 */
export function reportSuite(suite, tests) {
  const identical = tests.filter(({ hunks }) => hunks.length === 0).length
  const unexplained = tests.filter(({ unknown }) => unknown.length > 0)
  const known = tests.flatMap(test => test.known)
  const byKind = kinds.map(kind => `${known.filter(entry => entry.kind === kind).length} ${kind}`).join(', ')
  const differing = tests.length - identical
  const lines = [
    `${suite}: ${tests.length} tests, ${identical} identical, ${differing} with differences`,
    `${suite}: ${known.length} differences explained (${byKind})`,
    `${suite}: ${unexplained.reduce((sum, test) => sum + test.unknown.length, 0)} differences unexplained`,
  ]
  const shown = unexplained.map(({ test, unknown }) => `\n==== ${suite}/${test}\n${renderHunks(unknown)}`)
  return [...lines, ...shown].join('\n')
}

/** What the journal held in the end, and the tables whose contents it does not give. */
export function reportJournal(suite, { figures, equal, known, wrong }) {
  const { changes, tables, captured, inserts, updates, deletes, truncates, truncated } = figures
  const rows = equal.reduce((sum, table) => sum + table.rows, 0)
  const lines = [
    `${suite}: journal of ${changes} changes (${inserts} inserts, ${updates} updates, ${deletes} deletes, ${truncates} truncates; ` +
      `${truncated} by key only) of ${tables} tables; ${captured} tables captured`,
    `${suite}: ${equal.length} tables left behind are what their journal gives (${rows} rows), ${known.length} differ for a listed reason, ${wrong.length} for none`,
  ]
  const named = wrong.map(
    ({ table_name, missing, surplus, missing_row, surplus_row }) =>
      `  ${table_name}: ${missing} rows missing from the journal (${missing_row}), ${surplus} too many in it (${surplus_row})`,
  )
  return [...lines, ...named].join('\n')
}
