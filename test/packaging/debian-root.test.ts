import { execFile } from 'node:child_process'
import { access, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildDeb, isThere } from './build-deb.ts'

const run = promisify(execFile)
const tools = ['dpkg', 'deb-systemd-helper', 'systemd-sysusers', 'systemd-tmpfiles']
const missing = tools.filter(tool => !isThere(tool))
const reason =
  process.getuid?.() !== 0 ? ' (only as root)' : missing.length > 0 ? ` (without ${missing.join(', ')})` : ''

const title = `the life of the Debian package below a folder${reason}`

/** dpkg works on a folder as if it were the machine; the package's scripts run here and are told of it. */
describe.skipIf(reason !== '')(title, { timeout: 60_000 }, () => {
  let folder: string
  let root: string
  let debs: readonly string[]
  const at = (path: string) => join(root, path)
  const isAt = (path: string) =>
    access(at(path)).then(
      () => true,
      () => false,
    )
  const dpkg = async (...args: readonly string[]) => {
    const options = [`--root=${root}`, '--force-script-chrootless', '--force-depends', '--force-confold']
    const { stdout, stderr } = await run('dpkg', [...options, ...args])
    return stdout + stderr
  }
  const isEnabled = async () => {
    const links = await readdir(at('etc/systemd/system'), { recursive: true })
    return links.includes('multi-user.target.wants/rtbridge.service')
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rtbridge-deb-life-'))
    root = join(folder, 'machine')
    debs = [await buildDeb(folder), await buildDeb(folder, { revision: '2' })]
    for (const path of ['var/lib/dpkg/info', 'var/lib/dpkg/updates', 'var/log', 'etc'])
      await mkdir(at(path), { recursive: true })
    await writeFile(at('var/lib/dpkg/status'), '')
  }, 300_000)

  afterAll(() => rm(folder, { recursive: true, force: true }))

  // One life, in its order: each test begins where the one before it ended.
  test('installed, it has its user and its folders, starts with the machine, and says what it waits for', async () => {
    const said = await dpkg('--install', debs[0] ?? '')
    expect(said).toContain('starts when there is an /etc/rtbridge/rtbridge.yaml')
    expect(await readFile(at('etc/passwd'), 'utf8')).toMatch(/^rtbridge:/m)
    expect((await stat(at('etc/rtbridge'))).mode & 0o777).toBe(0o750)
    expect((await stat(at('etc/rtbridge/credentials'))).mode & 0o777).toBe(0o700)
    expect(await isAt('etc/rtbridge/rtbridge.yaml')).toBe(false)
    expect(await isEnabled()).toBe(true)
  })

  test('upgraded, it keeps the configuration, which its group may read and others not', async () => {
    await writeFile(at('etc/rtbridge/rtbridge.yaml'), 'tables: {}\n', { mode: 0o644 })
    await chown(at('etc/rtbridge/rtbridge.yaml'), 0, 0)
    const said = await dpkg('--install', debs[1] ?? '')
    expect(said).toMatch(/Unpacking rtbridge \(\S+-2\) over \(\S+-1\)/)
    expect(said).not.toContain('starts when there is')
    const file = await stat(at('etc/rtbridge/rtbridge.yaml'))
    const gid = Number(/^rtbridge:[^:]*:(\d+)/m.exec(await readFile(at('etc/group'), 'utf8'))?.[1])
    expect([file.mode & 0o777, file.uid, file.gid]).toEqual([0o640, 0, gid])
    expect(await readFile(at('etc/rtbridge/rtbridge.yaml'), 'utf8')).toBe('tables: {}\n')
  })

  test('whose files are those that were packed', async () => {
    expect(await dpkg('--verify', 'rtbridge')).toBe('')
  })

  test('beside a unit of another installation it says which one counts', async () => {
    await writeFile(at('etc/systemd/system/rtbridge.service'), '[Service]\nExecStart=/bin/true\n')
    const said = await dpkg('--install', debs[1] ?? '')
    await rm(at('etc/systemd/system/rtbridge.service'))
    expect(said).toContain('/etc/systemd/system/rtbridge.service is used instead')
  })

  test('removed, it says that triggers remain and how to remove them, and keeps the configuration', async () => {
    const said = await dpkg('--remove', 'rtbridge')
    expect(said).toContain('the triggers remain in the database')
    expect(said).toContain('rtbridge uninstall-triggers')
    expect(said).toContain('DROP SCHEMA rtbridge CASCADE')
    expect(await isAt('usr/bin/rtbridge')).toBe(false)
    expect(await isAt('etc/rtbridge/rtbridge.yaml')).toBe(true)
    // A mask would keep out another installation that brings a unit of the same name.
    expect(await isAt('etc/systemd/system/rtbridge.service')).toBe(false)
  })

  test('purged, it leaves nothing but its user', async () => {
    await dpkg('--purge', 'rtbridge')
    const left = await readdir(root, { recursive: true })
    expect(left.filter(path => path.includes('rtbridge'))).toEqual([])
    expect(await readFile(at('etc/passwd'), 'utf8')).toMatch(/^rtbridge:/m)
  })
})
