import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commandsRunBy } from '../docs/shell/runners.ts'
import { isFullSize } from '../support/full-size.ts'
import { waitFor } from '../support/wait-for.ts'
import { project } from './build-deb.ts'

const own = 'test/packaging/clone.test.ts'
const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'docs/client.md', 'docs/debian.md', 'docs/how-it-works.md'],
  ...['docs/performance.md', 'docs/tutorial.md', 'examples/wasla/README.md'],
]
/** Each once, where it stands first: a clone that has run it is not another one for the next page. */
const inClone = [...new Set(pages.flatMap(page => commandsRunBy(own, page)))]
/** The board is an app with a package of its own; the same words do something else there. */
const inBoard = commandsRunBy(own, 'examples/react/README.md')
const commands = [
  ...inClone.map(command => ['', command] as const),
  ...inBoard.map(command => ['examples/react', command] as const),
]
const refusal = isFullSize ? '' : ' (RTBRIDGE_TEST_FULL_SIZE=1 runs it)'

/** What the pages do in a clone of the repository, with the npm of this machine. */
describe.skipIf(!isFullSize)(`in a clone${refusal}`, { timeout: 1_200_000 }, () => {
  let folder: string
  let clone: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rtbridge-clone-'))
    clone = join(folder, 'rtbridge')
    const { stdout } = await promisify(execFile)('git', ['ls-files', '-z'], {
      cwd: project,
      maxBuffer: 10_000_000,
    })
    for (const path of stdout.split('\0').filter(name => name !== '')) {
      await mkdir(dirname(join(clone, path)), { recursive: true })
      await cp(join(project, path), join(clone, path))
    }
  })

  afterAll(() => rm(folder, { recursive: true, force: true }))

  test.each(commands)('%s$ %s', async (place, command) => {
    const isForApps = place === '' && command.startsWith('npm install ')
    const cwd = isForApps ? await makeApp() : join(clone, place)
    const { code, said } = await run(inSmall(command), cwd)
    expect(code, said).toBe(0)
    const skipped = /^skipped: .*/m.exec(said)?.[0]
    if (skipped !== undefined) console.info(`${command} ${skipped}`)
    if (command.includes('npm run package')) expect(await readdir(clone)).toContain('rtbridge-0.1.0.tgz')
    if (command.includes('build:deb')) expect(await readdir(join(clone, 'out'))).toHaveLength(1)
    if (command.includes('npm run bench'))
      expect(await readdir(join(clone, 'bench/results/latest'))).toContain('report.md')
    if (command.includes('cli-reference'))
      expect(await readFile(join(clone, 'docs/cli.md'))).toEqual(await readFile(join(project, 'docs/cli.md')))
    if (command.includes('vitest')) expect(said).toContain(/test\/[\w/-]+/.exec(command)?.[0])
    if (command.startsWith('npm install '))
      expect(await readdir(join(cwd, 'node_modules'))).toContain('rtbridge')
    // What a copy of examples/wasla needs: it gets as far as the database.
    if (command.startsWith('npm install pg '))
      expect((await run('DATABASE_URL=postgres://127.0.0.1:1/wasla node serve.js', cwd)).said).toMatch(
        /^the database cannot be used/m,
      )
    if (place !== '')
      expect(await readFile(join(cwd, 'package.json'))).toEqual(
        await readFile(join(project, place, 'package.json')),
      )
    if (place !== '' && command === 'npm run build')
      expect(await readdir(join(cwd, 'dist'))).toContain('index.html')
  })

  test('npm run package fails, and makes nothing, where the sources do not build', async () => {
    await rm(join(clone, 'rtbridge-0.1.0.tgz'), { force: true })
    await writeFile(join(clone, 'src/broken.ts'), "export const broken: number = 'no'\n")
    expect((await run('npm run package', clone)).code).not.toBe(0)
    expect(await readdir(clone)).not.toContain('rtbridge-0.1.0.tgz')
  })

  /** The folder of an app, with what `npm run package` has made: a copy of examples/wasla. */
  async function makeApp(): Promise<string> {
    const app = await mkdtemp(join(folder, 'app-'))
    await cp(join(clone, 'examples/wasla'), app, { recursive: true })
    await cp(join(clone, 'rtbridge-0.1.0.tgz'), join(app, 'rtbridge-0.1.0.tgz'))
    return app
  }
})

/** The same in small, where a page gives to a machine what takes it hours. */
function inSmall(command: string): string {
  const isMore = (option: string) => (command.includes(' -- ') ? ` ${option}` : ` -- ${option}`)
  if (command.startsWith('npm run bench') && !/--(size|quick)/.test(command))
    return command + isMore('--quick')
  if (command.startsWith('npm run test:faults') && !command.endsWith('ledger-random'))
    return command + isMore('ledger-checker')
  // This test is one of those that would run.
  if (command.startsWith('RTBRIDGE_TEST_FULL_SIZE=1 ')) return command.replace('vitest run', 'vitest list')
  return command
}

/** What stays until somebody ends it: what it says when it has begun, how it is ended, and what it says then. */
const staying = [
  {
    of: /demo$/,
    begun: 'BOOKING_CREATED',
    end: ({ pid }: ChildProcess) => pid !== undefined && process.kill(-pid, 'SIGINT'),
    said: 'nothing is left running',
  },
  {
    of: /npm run dev$/,
    begun: 'http://',
    end: ({ pid }: ChildProcess) => pid !== undefined && process.kill(-pid, 'SIGINT'),
    said: '',
  },
  {
    of: /vitest test/,
    begun: 'Waiting for file changes',
    end: ({ stdin }: ChildProcess) => stdin?.write('q'),
    said: '',
  },
]

/** What tells a program that it is run by this test: nobody who has cloned the repository has it. */
const ofThisRun = /^(VITEST|NODE_ENV$|RTBRIDGE_TEST_FULL_SIZE$)/

/** Runs a command to its end, at a terminal if it watches files; what stays is ended once it has begun. */
async function run(command: string, cwd: string): Promise<{ code: number | null; said: string }> {
  const stays = staying.find(({ of }) => of.test(command))
  const line = command.includes('vitest test') ? `script -qec '${command}' /dev/null` : command
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofThisRun.test(name)))
  const child = spawn('bash', ['-c', line], { cwd, env, detached: true })
  let said = ''
  let code: number | null | undefined
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      said += chunk
    })
  }
  child.once('close', status => {
    code = status
  })
  const ends = { timeoutMs: 1_100_000, message: () => said.slice(-3_000) }
  if (stays === undefined) child.stdin.end()
  else await waitFor(() => said.includes(stays.begun) || code !== undefined, ends)
  const isEnded = stays !== undefined && code === undefined
  if (isEnded) stays.end(child)
  await waitFor(() => code !== undefined, ends)
  // Who is ended by a signal says so with a code.
  return { code: isEnded && said.includes(stays.said) ? 0 : (code ?? null), said }
}
