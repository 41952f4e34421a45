import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { browserCommand } from '../../src/cli/demo/open-browser.ts'
import { canRun } from '../support/installed-program.ts'
import { createFolder } from './run-cli.ts'

const url = 'http://127.0.0.1:8765/dashboard'
const program = fileURLToPath(new URL('../../bin/rtbridge.js', import.meta.url))
const hasTerminal =
  process.platform === 'linux' &&
  canRun('script', ['--version'], 'a demo at a terminal needs script of util-linux')

/** Runs a short demo at a terminal of a desktop; what it said, and what the desktop was asked to open. */
async function runDemo(...args: readonly string[]) {
  const cwd = await createFolder()
  const opened = join(cwd, 'opened')
  await writeFile(join(cwd, 'xdg-open'), `#!/bin/sh\nprintf '%s\\n' "$@" >> '${opened}'\nexit 3\n`, {
    mode: 0o755,
  })
  const command = [process.execPath, program, 'demo', '--duration', '1', ...args].join(' ')
  const { PATH = '', HOME = '', TMPDIR = '/tmp' } = process.env
  const env = { PATH: `${cwd}:${PATH}`, HOME, TMPDIR, DISPLAY: ':0', RTBRIDGE_DISCOVERY_MDNS: 'off' }
  const { stdout } = await promisify(execFile)('script', ['-qec', command, '/dev/null'], { cwd, env })
  return { said: stdout, opened: await readFile(opened, 'utf8').catch(() => null) }
}

test.skipIf(!hasTerminal)('a demo opens the dashboard in the browser of the desktop, once', async () => {
  const { said, opened } = await runDemo('--port', '18850')
  const [, address = ''] = /Open (http:\S+)/.exec(said) ?? []
  expect(opened).toBe(`${address}\n`)
  expect(said).toContain('stopped; nothing is left running')
})

test.skipIf(!hasTerminal)('a demo with --no-open or for a program opens nothing', async () => {
  expect((await runDemo('--port', '18860', '--no-open')).opened).toBeNull()
  expect((await runDemo('--port', '18870', '--json')).opened).toBeNull()
})

test.each([
  ['linux', { DISPLAY: ':0' }, ['xdg-open', url]],
  ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, ['xdg-open', url]],
  ['linux', {}, null],
  ['linux', { DISPLAY: 'localhost:10.0', SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, null],
  ['darwin', {}, ['open', url]],
  ['darwin', { SSH_TTY: '/dev/ttys1' }, null],
  ['win32', {}, ['cmd', '/d', '/c', 'start', '""', `"${url}"`]],
] as const)('on %s with %o a page is opened by %j', (platform, env, command) => {
  expect(browserCommand(url, { env, platform })).toEqual(command)
})
