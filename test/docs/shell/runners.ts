import { blocksOf, readPages } from '../pages.ts'
import { spansOfPages } from './spans.ts'
import { commandsOf } from './split-commands.ts'

/** The test that runs every command for which {@link others} names no other. */
export const pagesTest = 'test/docs/commands.test.ts'

interface Row {
  /** The file that runs the command. */
  readonly by: string
  /** On these pages; default all. */
  readonly pages?: readonly string[]
  /** Commands that match; default all. */
  readonly commands?: RegExp
}

const clone = 'test/packaging/clone.test.ts'
const packaged = 'test/packaging/debian-lifecycle.test.ts'
const byNpm = 'test/packaging/npm-lifecycle.test.ts'

/** What needs more than a folder and a database: a clone to build, root, systemd. The first row that fits counts. */
export const others: readonly Row[] = [
  { by: '.ci/run', commands: /^(npm ci && )?npm test$/ },
  { by: clone, commands: /^npm (ci|run|install)\b|\bnpx vitest / },
  { by: packaged, pages: ['docs/debian.md'] },
  { by: packaged, commands: /^(ufw|firewall-cmd|ss|useradd) / },
  { by: 'test/docs/backup-page.test.ts', pages: ['docs/backup.md'] },
  {
    by: byNpm,
    commands: /(^|\| )sudo |^(systemctl|journalctl|systemd-analyze) |^rtbridge (service|discover)\b/,
  },
]

/** The file whose test runs a command of a page. */
export function runnerOf(page: string, command: string): string {
  return others.find(row => fits(row, page, command))?.by ?? pagesTest
}

/** Whether a row is about a command of a page. */
export function fits({ pages, commands }: Row, page: string, command: string): boolean {
  return pages?.includes(page) !== false && commands?.test(command) !== false
}

/** Every command of a page: those of its blocks from top to bottom, then those of its sentences that no block has. */
export function commandsOfPage(name: string): readonly string[] {
  const page = readPages().find(candidate => candidate.name === name)
  if (page === undefined) throw new Error(`there is no page ${name}`)
  return [...blocksOf(page).flatMap(commandsOf), ...(spansOfPages.get(name) ?? [])]
}

/** Those of them that a test runs. */
export function commandsRunBy(test: string, page: string): readonly string[] {
  return commandsOfPage(page).filter(command => runnerOf(page, command) === test)
}
