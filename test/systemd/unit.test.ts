import { execFile, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'

const run = promisify(execFile)
const folder = fileURLToPath(new URL('../../systemd/', import.meta.url))
const unit = `${folder}rtbridge.service`
const hasTools = spawnSync('systemd-analyze', ['--version'], { stdio: 'ignore' }).status === 0
/** Where systemd calls a service safe begins further up, at 2. */
const mostExposure = 1.5

describe.skipIf(!hasTools)(`the unit${hasTools ? '' : ' (apt-get install systemd)'}`, () => {
  test('is one that systemd accepts without a remark', async () => {
    const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', unit])
    expect(stdout + stderr).toBe('')
  })

  test(`is exposed ${mostExposure} at most`, async () => {
    const { stdout } = await run('systemd-analyze', ['security', '--offline=true', '--no-pager', unit])
    const [, exposure] = /Overall exposure level for rtbridge.service: ([\d.]+)/.exec(stdout) ?? []
    expect(Number(exposure)).toBeLessThanOrEqual(mostExposure)
  })

  test.skipIf(process.getuid?.() !== 0)(
    'comes with a user and folders that only it and root may enter',
    async () => {
      const root = await mkdtemp(join(tmpdir(), 'rtbridge-systemd-'))
      onTestFinished(() => rm(root, { recursive: true, force: true }))
      await mkdir(join(root, 'etc'))
      await run('systemd-sysusers', [`--root=${root}`, `${folder}sysusers.d/rtbridge.conf`])
      await run('systemd-tmpfiles', [`--root=${root}`, '--create', `${folder}tmpfiles.d/rtbridge.conf`])
      expect(await readFile(join(root, 'etc/passwd'), 'utf8')).toMatch(/^rtbridge:/m)
      const modeOf = async (path: string) =>
        ((await stat(join(root, 'etc/rtbridge', path))).mode & 0o777).toString(8)
      expect(await Promise.all(['', 'tls', 'credentials'].map(modeOf))).toEqual(['750', '750', '700'])
    },
  )
})

describe('the unit', () => {
  test('leaves V8 able to write machine code, and the hub able to see its networks', async () => {
    const text = await readFile(unit, 'utf8')
    expect(text).not.toMatch(/^MemoryDenyWriteExecute=/m)
    expect(text).toMatch(/^RestrictAddressFamilies=.*AF_NETLINK/m)
  })
})
