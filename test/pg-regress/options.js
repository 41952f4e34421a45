import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

/** The suites of PostgreSQL that are run, in this order. */
export const suiteNames = ['regress', 'isolation']

export const usage = `npm run test:pg-regress -- [options]

  --suite NAME      regress or isolation; may be repeated (default: both)
  --pg-config FILE  pg_config of the server to test (RTBRIDGE_PG_CONFIG, default: the one on PATH)
  --source DIR      unpacked sources of that server (RTBRIDGE_PG_SOURCE, default: under the user's cache folder)
  --headers DIR     the server's C headers (RTBRIDGE_PG_HEADERS, default: pg_config --includedir-server)
  --timeout MIN     longest time for one run of one suite (default: 60)
  --keep DIR        keep results, normalised results, diffs and server logs in this new folder
  --record          add unexplained differences to the list, for somebody to explain
  --help            this text`

/** A flag or value that is not known; the message says which. */
export class UsageError extends Error {}

/**
 * Reads flags and environment; a flag comes before its variable.
 *
 * @throws UsageError
 */
export function readOptions(args, environment) {
  const flags = parseFlags(args)
  const unknown = flags.suite.find(name => !suiteNames.includes(name))
  if (unknown !== undefined)
    throw new UsageError(`no suite ${unknown}: there are ${suiteNames.join(' and ')}`)
  const timeoutMs = Number(flags.timeout) * 60_000
  if (!(timeoutMs > 0)) throw new UsageError(`--timeout takes minutes, not ${flags.timeout}`)
  return {
    suites: suiteNames.filter(name => flags.suite.length === 0 || flags.suite.includes(name)),
    pgConfig: flags['pg-config'] ?? environment.RTBRIDGE_PG_CONFIG ?? 'pg_config',
    source: flags.source ?? environment.RTBRIDGE_PG_SOURCE ?? null,
    headers: flags.headers ?? environment.RTBRIDGE_PG_HEADERS ?? null,
    cacheDir: join(environment.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'rtbridge-pg-regress'),
    timeoutMs,
    keep: flags.keep ?? null,
    record: flags.record,
    help: flags.help,
  }
}

function parseFlags(args) {
  const flags = {
    suite: { type: 'string', multiple: true, default: [] },
    'pg-config': { type: 'string' },
    source: { type: 'string' },
    headers: { type: 'string' },
    timeout: { type: 'string', default: '60' },
    keep: { type: 'string' },
    record: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  }
  try {
    return parseArgs({ args, options: flags }).values
  } catch (error) {
    throw new UsageError(error.message, { cause: error })
  }
}
