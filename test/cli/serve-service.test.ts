import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { notifyToolsMissing, openNotifySocket } from '../support/notify-socket.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { createFolder, runCli, startCli } from './run-cli.ts'

const database = await createTestDatabase()
const uninstalled = await createTestDatabase()
await uninstalled.query('DROP SCHEMA rtbridge CASCADE')
const hub = { RTBRIDGE_HUB_HOST: '127.0.0.1', RTBRIDGE_HUB_PORT: '0' }
const missing = notifyToolsMissing()

describe.skipIf(missing !== null)(`serve under systemd${missing === null ? '' : ` (${missing})`}`, () => {
  test('is ready, reloads, is watched and stops, as systemd wants to hear it', async () => {
    const socket = await openNotifySocket()
    const env = {
      ...hub,
      RTBRIDGE_DATABASE_URL: database.url,
      NOTIFY_SOCKET: socket.path,
      WATCHDOG_USEC: '300000',
    }
    const { child, ended } = await startCli(['serve'], { env })
    await socket.told('READY=1')
    await socket.told('WATCHDOG=1')
    await socket.told(/^STATUS=live on 127\.0\.0\.1:\d+, 0 clients$/)
    expect(socket.messages.join()).not.toContain('stale')
    child.kill('SIGHUP')
    await socket.told('RELOADING=1')
    child.kill('SIGTERM')
    await socket.told('STOPPING=1')
    expect((await ended()).code).toBe(0)
  })

  test('is ready and watched without its database, and says why it waits', async () => {
    const socket = await openNotifySocket()
    const env = { ...hub, RTBRIDGE_DATABASE_URL: 'postgres://a@127.0.0.1:1/b', NOTIFY_SOCKET: socket.path }
    await startCli(['serve'], { env: { ...env, WATCHDOG_USEC: '300000' } })
    await socket.told('READY=1')
    await socket.told(/^STATUS=stale since .*RTB_DATABASE_REFUSED/)
    await socket.told('WATCHDOG=1')
  })

  test('is never ready when nothing is installed', async () => {
    const socket = await openNotifySocket()
    const env = { ...hub, RTBRIDGE_DATABASE_URL: uninstalled.url, NOTIFY_SOCKET: socket.path }
    const { ended } = await startCli(['serve'], { env })
    expect((await ended()).code).toBe(5)
    expect(socket.messages.join()).not.toContain('READY=1')
  })
})

describe("systemd's credentials", () => {
  test('stand for variables that are not set, without the end of their line', async () => {
    const { cwd, env } = await withCredential('DB_URL', 'postgres://a:s3cret@127.0.0.1:1/b\n')
    const { code, stdout } = await runCli(['config', 'show'], { cwd, env })
    expect(code).toBe(0)
    expect(stdout).toContain('postgres://a:***@127.0.0.1:1/b')
  })

  test('of a folder are named by its files', async () => {
    const { cwd, env } = await withCredential('rtbridge_DB_URL', 'postgres://a@127.0.0.1:2/b')
    expect((await runCli(['config', 'show'], { cwd, env })).stdout).toContain('postgres://a@127.0.0.1:2/b')
  })

  test('give way to variables that are set', async () => {
    const { cwd, env } = await withCredential('DB_URL', 'postgres://a@127.0.0.1:1/b')
    const { stdout } = await runCli(['config', 'show'], {
      cwd,
      env: { ...env, DB_URL: 'postgres://c@127.0.0.1:1/b' },
    })
    expect(stdout).toContain('postgres://c@')
  })

  test('need not be there', async () => {
    const env = { CREDENTIALS_DIRECTORY: join(await createFolder(), 'gone') }
    expect((await runCli(['config', 'show'], { env })).code).toBe(0)
  })

  test('that cannot be read are an error of the configuration', async () => {
    const file = join(await createFolder(), 'file')
    await writeFile(file, '')
    const { code, stderr } = await runCli(['config', 'show'], { env: { CREDENTIALS_DIRECTORY: file } })
    expect(code).toBe(3)
    expect(stderr).toContain('RTB_CONFIG_UNREADABLE')
  })
})

async function withCredential(name: string, content: string) {
  const cwd = await createFolder()
  const folder = join(cwd, 'credentials')
  await mkdir(folder)
  await writeFile(join(folder, name), content)
  await writeFile(join(cwd, 'rtbridge.yaml'), `database: { url: "\${DB_URL}" }\n`)
  return { cwd, env: { CREDENTIALS_DIRECTORY: folder } }
}
