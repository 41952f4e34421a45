import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { commandStep } from '../../src/cli/service/command-step.ts'
import { uninstallSteps } from '../../src/cli/service/run-service.ts'
import { serviceFiles } from '../../src/cli/service/service-files.ts'
import { systemdThatSays } from '../support/systemd-that-says.ts'
import { createFolder, runCli } from './run-cli.ts'

const run = promisify(execFile)
const files = [
  'etc/systemd/system/rtbridge.service',
  'etc/sysusers.d/rtbridge.conf',
  'etc/tmpfiles.d/rtbridge.conf',
]

/** The environment of a machine that systemd does not run. */
const noSystemd = { PATH: '/nowhere' }

describe('rtbridge service install', () => {
  test('writes the unit, its user and its folders below a root, and takes them away again', async () => {
    const root = await createFolder()
    const { code, stdout } = await runCli(['service', 'install', '--root', root])
    expect(code).toBe(0)
    for (const file of files) expect(stdout).toContain(`write ${join(root, file)}`)
    expect(stdout).not.toContain('systemctl enable')
    expect(await readFile(join(root, files[0] ?? ''), 'utf8')).toMatch(
      /^ExecStart=\/\S+ \/\S+ serve --config/m,
    )
    const gone = await runCli(['service', 'uninstall', '--root', root])
    expect(gone.stdout).toContain(`remove ${join(root, files[2] ?? '')}`)
    await expect(readFile(join(root, files[0] ?? ''))).rejects.toThrow('ENOENT')
  })

  test('shows what it would do, to anybody, and does nothing', async () => {
    const { code, stdout } = await runCli(['service', 'install', '--dry-run'])
    expect(code).toBe(0)
    expect(stdout).toContain('would write /etc/systemd/system/rtbridge.service\n')
    expect(stdout).toContain('would run systemctl enable rtbridge.service\n')
    const json = await runCli(['service', 'install', '--dry-run', '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({ version: 1, applied: false })
  })

  test.each(['install', 'uninstall'])(
    'of anybody but root: %s is refused with the command to run',
    async name => {
      const env = await systemdThatSays('LoadState=not-found')
      const { code, stderr } = await runCli(['service', name], { env })
      expect(code).toBe(7)
      expect(stderr).toContain('error RTB_SERVICE_ROOT')
      expect(stderr).toMatch(new RegExp(`try: sudo .* service ${name}; --dry-run`))
    },
  )

  test('refuses where systemd does not run, before it asks for rights or changes anything', async () => {
    const { code, stdout, stderr } = await runCli(['service', 'install'], { env: noSystemd })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(
      'error RTB_SERVICE_NO_SYSTEMD: systemd does not run this machine; nothing was changed\n  try: rtbridge serve\n',
    )
  })

  test('says with --dry-run that it would refuse where systemd does not run', async () => {
    const args = ['service', 'install', '--dry-run']
    const { code, stdout, stderr } = await runCli(args, { env: noSystemd })
    expect(code).toBe(0)
    expect(stdout).toContain('would write /etc/systemd/system/rtbridge.service\n')
    expect(stderr).toContain('warning: systemd does not run this machine: without --dry-run it would refuse')
    const elsewhere = await runCli(args, { env: await systemdThatSays('LoadState=not-found') })
    expect(elsewhere.stderr).not.toContain('systemd does not run')
  })

  test('starts the program where it lies, and by its name where systemd finds it', () => {
    const start = (script: string) =>
      /^ExecStart=(.*) serve/m.exec(serviceFiles('/usr/bin/node', script)[0]?.content ?? '')?.[1]
    expect(start('/usr/local/bin/rtbridge')).toBe('/usr/bin/env rtbridge')
    expect(start('/opt/rtb/bin/rtbridge.js')).toBe('/usr/bin/node /opt/rtb/bin/rtbridge.js')
    expect(start('/opt/my $5 "rtb" 100%/x.js')).toBe(
      String.raw`/usr/bin/node "/opt/my $$5 \"rtb\" 100%%/x.js"`,
    )
  })

  test('writes a unit that systemd accepts', async context => {
    const root = await createFolder()
    await runCli(['service', 'install', '--root', root])
    const unit = join(root, files[0] ?? '')
    const checked = run('systemd-analyze', ['verify', '--man=no', unit]).catch(error => {
      if ((error as { code?: unknown }).code === 'ENOENT') context.skip('systemd is not installed')
      throw error
    })
    expect((await checked).stderr).toBe('')
  })
})

describe('a step of an installation', () => {
  test('that fails says which and why', () => {
    const step = commandStep(['ls', '/does/not/exist'])
    expect(step.does).toBe('run ls /does/not/exist')
    expect(step.run).toThrow(
      expect.objectContaining({
        code: 'RTB_SERVICE_FAILED',
        message: expect.stringContaining('No such file'),
      }),
    )
    expect(commandStep(['rtb-no-such-program']).run).toThrow(/ENOENT/)
  })
})

describe('rtbridge service uninstall', () => {
  test('says that the triggers remain, and how they are removed', async () => {
    const { stdout } = await runCli(['service', 'uninstall', '--root', await createFolder()])
    expect(stdout).toContain('The triggers remain in the database')
    expect(stdout).toContain('rtbridge uninstall-triggers')
  })

  test('takes the files away where systemd does not run, and asks nothing of it', async () => {
    const root = await createFolder()
    await runCli(['service', 'install', '--root', root])
    const does = (hasSystemd: boolean) =>
      uninstallSteps({ root, hasSystemd, isPackaged: false }).map(step => step.does)
    const removals = files.map(file => `remove ${join(root, file)}`)
    expect(does(true)).toEqual([
      'run systemctl disable --now rtbridge.service',
      ...removals,
      'run systemctl daemon-reload',
    ])
    expect(does(false)).toEqual(removals)
    for (const { run } of uninstallSteps({ root, hasSystemd: false, isPackaged: false })) run()
    expect(does(true)).toEqual([])
  })

  test('says that there is no service to stop where systemd does not run', async () => {
    const { code, stdout, stderr } = await runCli(['service', 'uninstall', '--dry-run'], { env: noSystemd })
    expect(code).toBe(0)
    expect(stdout).not.toContain('systemctl')
    expect(stderr).toBe('systemd does not run this machine: there is no service to stop\n')
  })
})

describe('rtbridge service status', () => {
  test('says that there is no systemd', async () => {
    const { code, stdout } = await runCli(['service', 'status'], { env: noSystemd })
    expect(code).toBe(5)
    expect(stdout).toContain('systemd does not run this machine')
  })

  test.each([
    ['LoadState=not-found', 5, 'try: rtbridge service install'],
    [
      'LoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\nStatusText=live = well\nNRestarts=2',
      0,
      'ok: active (running), 2 restarts\n  live = well\n  starts with the machine',
    ],
    [
      'LoadState=loaded\nActiveState=failed\nSubState=failed\nUnitFileState=disabled\nNRestarts=9',
      5,
      'down: failed (failed), 9 restarts',
    ],
  ])('tells what systemd says: %s', async (answer, exitCode, text) => {
    const env = await systemdThatSays(answer)
    const { code, stdout } = await runCli(['service', 'status'], { env })
    expect(stdout).toContain(text)
    expect(code).toBe(exitCode)
  })
})
