import { readFileSync } from 'node:fs'
import { installFiles } from '../../dist/database/sql-file.js'
import { renderScript } from '../../dist/install/statements.js'

/**
 * Installs rtbridge as the script of `install-triggers --sql` does, and puts its triggers on each table that is made from
 * then on.
 *
 * @param run runs SQL in the database of the tests
 */
export async function installCapture(run) {
  await run(renderScript({ steps: [{ kind: 'migrate', files: installFiles() }] }))
  await run(readScript('capture-everything.sql'))
}

/**
 * Looks at what the tests left in the journal: that the triggers were there at all, and that what they wrote is right.
 *
 * @returns `figures` (counts), `equal` (tables whose contents the journal gives), `different` (tables where it
 * does not)
 */
export async function examineJournal(run) {
  const figures = JSON.parse(await run(readScript('journal-figures.sql')))
  const tables = JSON.parse((await run(readScript('journal-equals-tables.sql'))) || '[]') ?? []
  const isEqual = table => table.missing === 0 && table.surplus === 0
  return { figures, equal: tables.filter(isEqual), different: tables.filter(table => !isEqual(table)) }
}

function readScript(name) {
  return readFileSync(new URL(name, import.meta.url), 'utf8')
}
