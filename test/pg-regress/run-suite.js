import { mkdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { runProgram } from './run-program.js'
import { openTestCluster } from './test-cluster.js'
import { copyFor, giveTo } from './work-folder.js'

/** By suite: its schedule, the database its tests expect, and what the driver is told beyond that. */
const suites = {
  regress: {
    schedule: 'parallel_schedule',
    database: 'regression',
    // As PostgreSQL's own makefile: the tests of a group count on not having more neighbours.
    extra: ['--max-concurrent-tests=20'],
  },
  isolation: {
    schedule: 'isolation_schedule',
    database: 'isolation_regression',
    // Not in the schedule, because they need prepared transactions, which our cluster has.
    extra: ['prepared-transactions', 'prepared-transactions-cic'],
  },
}

/**
 * Runs one suite on a cluster of its own.
 *
 * @param context `parts`, `account`, `work` (folder), `libraries` (folder with regress.so), `timeoutMs`, `signal`
 * @param plan `suite`; `variant` (names the folder that stays in `work`); `prepare` and `examine`, called with a function
 * that runs SQL in the database of the tests, before and after them
 * @returns `results` (folder with one .out file for each test), `report` (what the driver printed), `examined` (what
 * `examine` returned)
 * @throws Error when the driver could not run the tests
 */
export async function runSuite(context, { suite, variant, prepare, examine }) {
  const { parts, account, work } = context
  const { database } = suites[suite]
  const done = join(work, `${suite}-${variant}`)
  // Some tests print the folder they run in, so it has the same name for every run, and another one afterwards.
  const folder = join(work, 'run')
  await mkdir(folder, { mode: 0o700 })
  await giveTo(account, folder)
  try {
    const cluster = await openTestCluster(parts, folder, account)
    try {
      await cluster.createDatabase(database)
      const run = sql => cluster.run(database, sql)
      await prepare?.(run)
      const report = await drive(context, suite, folder)
      return { report, results: join(done, 'results'), examined: await examine?.(run) }
    } finally {
      await cluster.stop()
      await rm(join(folder, 'data'), { recursive: true })
    }
  } finally {
    await rename(folder, done)
  }
}

async function drive({ parts, account, work, libraries, timeoutMs, signal }, suite, folder) {
  const { schedule, database, extra } = suites[suite]
  const input = join(work, `input-${suite}`)
  const driver = parts.drivers[suite]
  signal.throwIfAborted()
  const args = [
    '--use-existing',
    `--host=${folder}`,
    `--user=postgres`,
    `--dbname=${database}`,
    `--bindir=${parts.bindir}`,
    `--dlpath=${libraries}`,
    `--inputdir=${input}`,
    `--outputdir=${folder}`,
    `--schedule=${join(input, schedule)}`,
    ...extra,
  ]
  const { code, stdout, stderr, timedOut } = await runProgram(driver, args, {
    account,
    cwd: folder,
    timeoutMs,
    signal,
  })
  signal.throwIfAborted()
  if (timedOut) throw new Error(`${basename(driver)} did not end within ${timeoutMs / 60_000} minutes`)
  // 1: some results are not as PostgreSQL's authors expect; what counts here is the difference between two runs.
  if (code === 0 || code === 1) return stdout
  throw new Error(`${basename(driver)} ended with ${code}\n${stderr}${stdout}`)
}

/** Copies a suite's files to where {@link runSuite} expects them. */
export async function copyInput({ parts, account, work }, suite) {
  await copyFor(account, parts.inputs[suite], join(work, `input-${suite}`))
}
