import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { installFiles } from '../../src/database/sql-file.ts'
import { findSystemPostgres } from '../../src/demo/postgres/system-postgres.ts'
import { connectRawClient } from '../support/raw-client.ts'
import { systemdThatSays } from '../support/systemd-that-says.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { buildDeb, isThere, project } from './build-deb.ts'

const run = promisify(execFile)
const hasDpkg = isThere('dpkg-deb')
const hasServer = (await findSystemPostgres()) !== null
const { PATH = '' } = process.env

const title = `the Debian package${hasDpkg ? '' : ' (apt-get install dpkg)'}`

describe.skipIf(!hasDpkg)(title, { timeout: 180_000 }, () => {
  let folder: string
  let deb: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rtbridge-deb-test-'))
    deb = await buildDeb(folder)
    await run('dpkg-deb', ['-x', deb, join(folder, 'root')])
    await run('dpkg-deb', ['-e', deb, join(folder, 'control')])
  }, 300_000)

  afterAll(() => rm(folder, { recursive: true, force: true }))

  const installed = (path: string) => join(folder, 'root', path)
  const read = (path: string) => readFile(installed(path), 'utf8')
  /** By the Node.js of the tests; the package names that of Debian. */
  const rtbridge = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    run(process.execPath, [installed('usr/bin/rtbridge'), ...args], { env: { PATH, ...env }, cwd: folder })
  const failing = (args: readonly string[]) =>
    rtbridge(args).then(
      () => Promise.reject(new Error('it did not fail')),
      (error: { stderr: string }) => error.stderr,
    )

  test('is for every architecture, and asks for the Node.js that the program needs', async () => {
    const { stdout } = await run('dpkg-deb', ['-f', deb])
    expect(stdout).toContain('Architecture: all\n')
    expect(stdout).toMatch(/^Depends: nodejs \(>= 20\.19\), systemd/m)
  })

  test('holds one bundled file, unit, manual page, completions and licences', async () => {
    const { stdout } = await run('dpkg-deb', ['-c', deb])
    const paths = stdout.split('\n').map(line => line.replace(/^.* \.\//, ''))
    for (const path of [
      'usr/lib/systemd/system/rtbridge.service',
      'usr/lib/sysusers.d/rtbridge.conf',
      'usr/lib/tmpfiles.d/rtbridge.conf',
      'usr/share/doc/rtbridge/docs/debian.md',
      'usr/share/doc/rtbridge/examples/rtbridge.yaml',
      ...installFiles().map(file => `usr/share/rtbridge/sql/install/${file}`),
    ]) {
      expect(paths).toContain(path)
    }
    const program = paths.filter(path => /^usr\/share\/rtbridge\/(bin|dist)\/.*[^/]$/.test(path))
    expect(program.filter(path => !path.includes('/dashboard/') && path.endsWith('.js'))).toEqual([
      'usr/share/rtbridge/bin/rtbridge.js',
      'usr/share/rtbridge/dist/program/main.js',
    ])
    expect(paths.filter(path => path.includes('node_modules'))).toEqual([])
    const licences = await read('usr/share/doc/rtbridge/copyright')
    for (const name of ['pg', 'pino', 'ws', 'zod', 'knex', 'preact'])
      expect(licences).toMatch(new RegExp(`^Files: ${name}-`, 'm'))
  })

  test('describes the program that is in it', async () => {
    const manual = async (name: string) =>
      gunzipSync(await readFile(installed(`usr/share/man/man1/${name}.1.gz`))).toString()
    expect(await manual('rtbridge')).toMatch(/^\.BR rtbridge\\-install\\-triggers \(1\)/m)
    expect(await manual('rtbridge-install-triggers')).toContain('.BR rtbridge (1)')
    for (const [shell, path] of Object.entries({
      bash: 'usr/share/bash-completion/completions/rtbridge',
      zsh: 'usr/share/zsh/vendor-completions/_rtbridge',
      fish: 'usr/share/fish/vendor_completions.d/rtbridge.fish',
    })) {
      expect(await read(path)).toBe((await rtbridge(['completion', shell])).stdout)
    }
  })

  test('starts the program that dpkg put there, with the Node.js that it put there', async () => {
    expect(await read('usr/lib/systemd/system/rtbridge.service')).toMatch(
      /^ExecStart=\/usr\/bin\/rtbridge serve --config/m,
    )
    expect(await read('usr/bin/rtbridge')).toMatch(/^#!\/usr\/bin\/node\n/)
  })

  test('brings a valid configuration as an example, with peer login through the socket', async () => {
    const example = installed('usr/share/doc/rtbridge/examples/rtbridge.yaml')
    const { stdout } = await rtbridge(['config', 'check', '--config', example])
    expect(stdout).toContain('0 warnings')
    expect(await readFile(example, 'utf8')).toContain('url: "postgresql:///office?host=/var/run/postgresql"')
  })

  test('has the same bytes whoever builds it, where and when, and no path of who did', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'rtbridge-deb-again-'))
    onTestFinished(() => rm(elsewhere, { recursive: true, force: true }))
    const env = { TZ: 'Pacific/Auckland', LC_ALL: 'C', HOME: elsewhere }
    const again = await buildDeb(elsewhere, { umask: '077', env })
    expect((await readFile(again)).equals(await readFile(deb))).toBe(true)
    expect(await read('usr/share/rtbridge/dist/program/main.js')).not.toContain(project)
  })

  test('serves events, dashboard and metrics from its one file', async () => {
    const database = await createTestDatabase()
    await database.query('CREATE TABLE orders (id bigint PRIMARY KEY)')
    const settings = {
      RTBRIDGE_DATABASE_URL: database.url,
      RTBRIDGE_HUB_HOST: '127.0.0.1',
      RTBRIDGE_HUB_PORT: '0',
      RTBRIDGE_DISCOVERY_MDNS: 'off',
    }
    await rtbridge(['install-triggers', '--table', 'orders'], settings)
    const env = { PATH, ...settings }
    const child = spawn(process.execPath, [installed('usr/bin/rtbridge'), 'serve'], { env, cwd: folder })
    const ended = new Promise(resolve => child.once('close', resolve))
    onTestFinished(async () => {
      child.kill('SIGKILL')
      await ended
    })
    let log = ''
    child.stderr.on('data', chunk => {
      log += chunk
    })
    await waitFor(() => log.includes('database connected'), { timeoutMs: 15_000, message: () => log })
    const port = /"port":(\d+)/.exec(log)?.[1] ?? ''
    const page = await (await fetch(`http://127.0.0.1:${port}/dashboard/`)).text()
    const [, script] = /src="(\/dashboard\/assets\/[^"]+\.js)"/.exec(page) ?? []
    for (const path of ['/livez', '/metrics', script ?? '/no-script'])
      expect((await fetch(`http://127.0.0.1:${port}${path}`)).status).toBe(200)
    const client = await connectRawClient(`ws://127.0.0.1:${port}/`)
    client.send('register', { app_name: 'desk' })
    await client.next('registered')
    await database.query('INSERT INTO orders VALUES (1)')
    expect((await client.next('realtime_event')).data).toMatchObject({ event_type: 'INSERT', id: '1' })
    const there = { ...settings, RTBRIDGE_HUB_PORT: port }
    const { stdout } = await rtbridge(['status', '--json'], there)
    expect(JSON.parse(stdout)).toMatchObject({ version: 1 })
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })

  test.skipIf(!hasServer)(
    'has a demo, on the PostgreSQL of the system',
    async () => {
      const { stdout, stderr } = await rtbridge(['demo', '--duration', '1'])
      expect(stdout + stderr).toContain('stopped; nothing is left running')
    },
    60_000,
  )

  test.skipIf(hasServer)('names what its demo needs, as Debian calls it', async () => {
    expect(await failing(['demo'])).toContain('apt install postgresql')
  })

  test('writes no second unit, and knows whose the first one is', async () => {
    const install = (await rtbridge(['service', 'install', '--dry-run'])).stdout
    expect(install).not.toContain('would write')
    expect(install).toContain('would run systemctl enable rtbridge.service')
    const env = await systemdThatSays('LoadState=loaded')
    const { stdout, stderr } = await rtbridge(['service', 'uninstall', '--dry-run'], env)
    expect(stdout).toContain('would run systemctl disable --now rtbridge.service')
    expect(stdout + stderr).toContain('apt remove rtbridge')
    const image = join(folder, 'image')
    await mkdir(image)
    await rtbridge(['service', 'install', '--root', image])
    expect(await readFile(join(image, 'etc/systemd/system/rtbridge.service'), 'utf8')).toContain('[Service]')
  })

  test.skipIf(!isThere('lintian'))(
    'is one in which lintian finds neither error nor warning',
    async () => {
      const checked = run('lintian', ['--fail-on', 'error,warning', deb]).catch(error => error)
      const { stdout } = (await checked) as { stdout: string }
      expect(stdout.split('\n').filter(line => /^[EW]:/.test(line))).toEqual([])
    },
    60_000,
  )
})
