import { execFile, spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commandsRunBy } from '../docs/shell/runners.ts'
import { isFullSize } from '../support/full-size.ts'
import { waitFor } from '../support/wait-for.ts'
import { project } from './build-deb.ts'

const own = 'test/packaging/clone.test.ts'
const pages = ['README.md', 'docs/client.md', 'docs/debian.md', 'docs/performance.md', 'docs/tutorial.md']
/** Each once, where it stands first: a clone that has run it is not another one for the next page. */
const commands = [...new Set(pages.flatMap(page => commandsRunBy(own, page)))]
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

  test.each(commands)('%s', async command => {
    const isForApps = command.startsWith('npm install ')
    const cwd = isForApps ? await makeApp() : clone
    const { code, said } = await run(shortened(command), cwd)
    expect(code, said).toBe(0)
    if (command.includes('npm pack')) expect(await readdir(clone)).toContain('rtbridge-0.1.0.tgz')
    if (command.includes('build:deb')) expect(await readdir(join(clone, 'out'))).toHaveLength(1)
    if (command.includes('npm run bench'))
      expect(await readdir(join(clone, 'bench/results/latest'))).toContain('report.md')
    if (isForApps) expect(await readdir(join(cwd, 'node_modules'))).toContain('rtbridge')
  })

  /** The folder of an app, with what `npm pack` has made. */
  async function makeApp(): Promise<string> {
    const app = join(folder, 'app')
    await mkdir(app)
    await writeFile(join(app, 'package.json'), '{ "private": true }')
    await cp(join(clone, 'rtbridge-0.1.0.tgz'), join(app, 'rtbridge-0.1.0.tgz'))
    return app
  }
})

/** A benchmark says the same in small sizes, sooner. */
function shortened(command: string): string {
  if (!command.startsWith('npm run bench') || command.includes('--size')) return command
  return command.includes(' -- ') ? `${command} --quick` : `${command} -- --quick`
}

/** Runs a command to its end; a demo until it shows events, then it is ended as with Ctrl-C. */
async function run(command: string, cwd: string): Promise<{ code: number | null; said: string }> {
  const child = spawn('bash', ['-c', command], { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
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
  if (command.endsWith('demo')) {
    await waitFor(() => said.includes('BOOKING_CREATED') || code !== undefined, ends)
    if (child.pid !== undefined && code === undefined) process.kill(-child.pid, 'SIGINT')
    await waitFor(() => said.includes('nothing is left running') && code !== undefined, ends)
    return { code: 0, said }
  }
  await waitFor(() => code !== undefined, ends)
  return { code: code ?? null, said }
}
