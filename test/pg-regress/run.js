// PostgreSQL's own regression and isolation tests with rtbridge's triggers on every table, against a run without them.
//
//   npm run test:pg-regress -- --help
//
// Exit codes: 0 every difference is explained, or the tests cannot be had here; 1 they differ or failed; 2 usage.
import { appendFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { chooseServerAccount } from '../../dist/demo/postgres/server-account.js'
import { examineJournal, installCapture } from './capture-everything.js'
import { compareResults } from './compare-results.js'
import { matchExplained, readExplained, readExplainedTables, renderHunks } from './explained-differences.js'
import { findParts, MissingPart } from './find-parts.js'
import { readOptions, UsageError, usage } from './options.js'
import { reportJournal, reportSuite } from './report.js'
import { copyInput, runSuite } from './run-suite.js'
import { buildLibraries } from './test-libraries.js'
import { openWorkFolder } from './work-folder.js'

try {
  const options = readOptions(process.argv.slice(2), process.env)
  process.exitCode = options.help ? print(usage) : await main(options)
} catch (error) {
  if (error instanceof MissingPart) print(`skipped: ${error.message}`)
  else if (error instanceof UsageError) process.exitCode = refuse(error)
  else if (error.name === 'AbortError') process.exitCode = 1
  else throw error
}

async function main(options) {
  const parts = await findParts(options)
  const account = await chooseServerAccount()
  const folder = await openWorkFolder(account, options.keep)
  const stopped = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stopped.abort())
  try {
    const base = { parts, account, work: folder.path, timeoutMs: options.timeoutMs, signal: stopped.signal }
    const context = { ...base, libraries: await buildLibraries(base) }
    let wrong = 0
    for (const suite of options.suites) wrong += await compareSuite(context, suite, options)
    return wrong === 0 ? 0 : 1
  } finally {
    await folder.close()
  }
}

/** @returns how many things are wrong: unexplained differences, tables that their journal does not give */
async function compareSuite(context, suite, { record }) {
  await copyInput(context, suite)
  print(`${suite}: running without triggers`)
  const plain = await runSuite(context, { suite, variant: 'plain' })
  print(`${suite}: running with triggers`)
  const prepare = installCapture
  const captured = await runSuite(context, { suite, variant: 'captured', prepare, examine: examineJournal })

  const compared = await compareResults(
    plain.results,
    captured.results,
    join(context.work, `${suite}-compared`),
  )
  const list = new URL(`explained/${context.parts.major}/${suite}/`, import.meta.url).pathname
  const tests = compared.map(({ test, hunks }) => ({
    test,
    hunks,
    ...matchExplained(hunks, readExplained(list, test)),
  }))
  const journal = explainTables(captured.examined, readExplainedTables(list))
  print(reportSuite(suite, tests))
  print(reportJournal(suite, journal))
  if (record) for (const { test, unknown } of tests) await addToList(list, test, unknown)
  return tests.reduce((sum, test) => sum + test.unknown.length, 0) + journal.wrong.length
}

function explainTables({ figures, equal, different }, explained) {
  const isKnown = table => explained.has(table.table_name)
  return {
    figures,
    equal,
    known: different.filter(isKnown),
    wrong: different.filter(table => !isKnown(table)),
  }
}

/** Without a kind and a reason, which somebody has to write: the list cannot be read before that. */
async function addToList(folder, test, unknown) {
  if (unknown.length === 0) return
  await mkdir(folder, { recursive: true })
  await appendFile(join(folder, `${test}.diff`), `# unexplained: \n${renderHunks(unknown)}\n\n`)
}

function print(text) {
  console.log(text)
  return 0
}

function refuse(error) {
  console.error(`${error.message}\n\n${usage}`)
  return 2
}
