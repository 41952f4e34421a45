import { execFile, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { installFiles } from '../../src/database/sql-file.ts'
import { connectRawClient } from '../support/raw-client.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const run = promisify(execFile)
const project = fileURLToPath(new URL('../..', import.meta.url))
const isThere = (program: string) => spawnSync('which', [program], { stdio: 'ignore' }).status === 0
const hasDpkg = isThere('dpkg-deb')

describe.skipIf(!hasDpkg)(`the Debian package${hasDpkg ? '' : ' (apt-get install dpkg)'}`, () => {
  let folder: string
  let deb: string
  let program: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rtbridge-deb-test-'))
    deb = (await run(process.execPath, ['build/deb.js', folder], { cwd: project })).stdout.trim()
    await run('dpkg-deb', ['-x', deb, join(folder, 'root')])
    program = join(folder, 'root/usr/bin/rtbridge')
  }, 120_000)

  afterAll(() => rm(folder, { recursive: true, force: true }))

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
      'usr/share/man/man1/rtbridge.1.gz',
      'usr/share/bash-completion/completions/rtbridge',
      'usr/share/zsh/vendor-completions/_rtbridge',
      'usr/share/fish/vendor_completions.d/rtbridge.fish',
      ...installFiles().map(file => `usr/share/rtbridge/sql/install/${file}`),
    ]) {
      expect(paths).toContain(path)
    }
    expect(
      paths.filter(
        path =>
          /\/(bin|dist)\/.*[^/]$/.test(path) &&
          !path.startsWith('usr/bin') &&
          !path.includes('/dashboard/') &&
          !path.endsWith('/cli/'),
      ),
    ).toEqual(['usr/share/rtbridge/bin/rtbridge.js', 'usr/share/rtbridge/dist/cli/main.js'])
    const licences = await readFile(join(folder, 'root/usr/share/doc/rtbridge/copyright'), 'utf8')
    for (const name of ['pg', 'pino', 'ws', 'zod', 'knex'])
      expect(licences).toMatch(new RegExp(`^Files: ${name}-`, 'm'))
  })

  test('serves events from its one file', async () => {
    const database = await createTestDatabase()
    await database.query('CREATE TABLE orders (id bigint PRIMARY KEY)')
    const { PATH = '' } = process.env
    const settings = {
      RTBRIDGE_HUB_HOST: '127.0.0.1',
      RTBRIDGE_HUB_PORT: '0',
      RTBRIDGE_DISCOVERY_MDNS: 'off',
    }
    const env = { PATH, RTBRIDGE_DATABASE_URL: database.url, ...settings }
    await run(program, ['install-triggers', '--table', 'orders'], { env, cwd: folder })
    const child = spawn(program, ['serve'], { env, cwd: folder })
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
    const port = /"port":(\d+)/.exec(log)?.[1]
    const page = await fetch(`http://127.0.0.1:${port}/dashboard/`)
    expect(page.status).toBe(200)
    const client = await connectRawClient(`ws://127.0.0.1:${port}/`)
    client.send('register', { app_name: 'desk' })
    await client.next('registered')
    await database.query('INSERT INTO orders VALUES (1)')
    expect((await client.next('realtime_event')).data).toMatchObject({ event_type: 'INSERT', id: '1' })
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })

  test('says when it is removed that the triggers remain, and takes its configuration away when it is purged', async () => {
    await run('dpkg-deb', ['-e', deb, join(folder, 'control')])
    const script = (name: string) => readFile(join(folder, 'control', name), 'utf8')
    const said = await run('sh', [join(folder, 'control/prerm'), 'remove'], {
      env: { PATH: '/nowhere:/bin:/usr/bin' },
    })
    expect(said.stderr).toContain('the triggers remain in the database')
    expect(said.stderr).toContain('DROP SCHEMA rtbridge CASCADE')
    expect(await script('postrm')).toContain('rm -rf /etc/rtbridge')
    for (const name of ['postinst', 'prerm', 'postrm']) await run('sh', ['-n', join(folder, 'control', name)])
  })

  test.skipIf(!isThere('lintian'))('is one in which lintian finds no error', async () => {
    const checked = run('lintian', ['--fail-on', 'error', deb]).catch(error => error as { stdout: string })
    expect((await checked).stdout.split('\n').filter(line => line.startsWith('E:'))).toEqual([])
  })
})
