import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mustRun } from './run-program.js'

const user = 'postgres'

/** As the temporary instance of pg_regress, without the cost of a disk that nobody will look at again. */
const settings = `
listen_addresses = ''
max_prepared_transactions = 2
log_line_prefix = '%m [%p] %q%a '
log_lock_waits = on
fsync = off
`

/** What pg_regress sets on the database it makes; it makes none when it is told to use a server that is there. */
const localeSettings = {
  lc_messages: 'C',
  lc_monetary: 'C',
  lc_numeric: 'C',
  lc_time: 'C',
  bytea_output: 'hex',
  timezone_abbreviations: 'Default',
}

/**
 * Starts a cluster of its own in a folder, reachable by a socket in that folder only.
 *
 * @param parts from findParts
 * @param folder belongs to the account; also gets `server.log`
 * @param account who runs the server, null for the user of this process
 * @returns `run(database, sql)` giving psql's unaligned output, `createDatabase(name)`, `stop()`
 */
export async function openTestCluster(parts, folder, account) {
  const program = (name, args, options) =>
    mustRun(join(parts.bindir, name), args, { account, cwd: folder, ...options })
  const data = join(folder, 'data')
  await program('initdb', ['-D', data, '-U', user, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'])
  await appendFile(join(data, 'postgresql.conf'), `${settings}unix_socket_directories = '${folder}'\n`)
  // Without -l the server would keep our pipes open, and the wait for the program's end would not end.
  await program('pg_ctl', ['-D', data, '-l', join(folder, 'server.log'), '-w', '-t', '120', 'start'])

  const connection = ['-h', folder, '-U', user]
  const run = async (database, sql) => {
    const args = [...connection, '-d', database, '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1']
    return (await program('psql', args, { input: sql })).stdout
  }
  return {
    run,
    async createDatabase(name) {
      const alter = Object.entries(localeSettings).map(
        ([key, value]) => `ALTER DATABASE ${name} SET ${key} TO '${value}';`,
      )
      await run('postgres', [`CREATE DATABASE ${name} TEMPLATE = template0;`, ...alter].join('\n'))
    },
    async stop() {
      await program('pg_ctl', ['-D', data, '-m', 'immediate', '-w', 'stop'])
    },
  }
}
