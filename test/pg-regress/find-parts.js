import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { mustRun, runProgram } from './run-program.js'

/** Thrown when something is missing that this machine could have; the message says what and how to get it. */
export class MissingPart extends Error {}

/**
 * Finds what PostgreSQL's own tests need: server programs, test drivers, test files, headers and a C compiler.
 *
 * @returns `number` (15.18), `major`, `bindir`, `pkglibdir`, `drivers` (file by suite), `inputs` (folder by
 * suite), `headers`, `compiler`
 * @throws MissingPart
 */
export async function findParts(options) {
  const { version, bindir, pkglibdir, pgxs, headers } = await askPgConfig(options)
  const number = /\d+(\.\d+)?/.exec(version)?.[0] ?? version
  need(join(bindir, 'postgres'), `the server programs of PostgreSQL ${number}`, 'apt-get install postgresql')
  const testDir = join(dirname(dirname(dirname(pgxs))), 'src/test')
  const drivers = {
    regress: join(testDir, 'regress/pg_regress'),
    isolation: join(testDir, 'isolation/pg_isolation_regress'),
  }
  for (const driver of [...Object.values(drivers), join(testDir, 'isolation/isolationtester')])
    need(
      driver,
      'a test driver',
      'apt-get install postgresql-client or postgresql-server-dev of this version',
    )
  const fetched = join(options.cacheDir, number)
  const source = options.source ?? join(fetched, 'source')
  const fetch = `run test/pg-regress/fetch-debian-sources.sh ${number}, or name the folder with`
  const inputs = {
    regress: join(source, 'src/test/regress'),
    isolation: join(source, 'src/test/isolation'),
  }
  need(join(inputs.regress, 'parallel_schedule'), `the sources of PostgreSQL ${number}`, `${fetch} --source`)
  need(join(inputs.isolation, 'isolation_schedule'), `the isolation tests`, `${fetch} --source`)
  const include = [options.headers, headers, join(fetched, 'headers')].find(
    folder => folder !== null && existsSync(join(folder, 'postgres.h')),
  )
  if (include === undefined) throw missing('the C headers of the server', `${fetch} --headers`)
  const major = Number.parseInt(number, 10)
  return {
    number,
    major,
    bindir,
    pkglibdir,
    drivers,
    inputs,
    headers: include,
    compiler: await findCompiler(),
  }
}

async function askPgConfig({ pgConfig }) {
  const asked = ['--version', '--bindir', '--pkglibdir', '--pgxs', '--includedir-server']
  let lines
  try {
    lines = (await mustRun(pgConfig, asked)).stdout.trimEnd().split('\n')
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    throw missing(`${pgConfig}`, 'apt-get install libpq-dev, or name it with --pg-config')
  }
  const [version, bindir, pkglibdir, pgxs, headers] = lines
  return { version, bindir, pkglibdir, pgxs, headers }
}

async function findCompiler() {
  const compiler = process.env.CC ?? 'cc'
  const { code } = await runProgram(compiler, ['--version']).catch(() => ({ code: 1 }))
  if (code !== 0)
    throw missing('a C compiler for the functions of the tests', 'apt-get install gcc libc6-dev')
  return compiler
}

function need(file, what, remedy) {
  if (!existsSync(file)) throw missing(`${what} (${file})`, remedy)
}

function missing(what, remedy) {
  return new MissingPart(`cannot find ${what}; ${remedy}`)
}
