import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createKey, hashKey } from '../../src/access/shared-keys.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { createFolder, runCli } from './run-cli.ts'

const database = await createTestDatabase()
const keys = { admin: createKey(), clerk: createKey() }
const keyed = `auth: { mode: key, keys: [${Object.entries(keys)
  .map(([role, key]) => `{ name: ${role}, hash: "${hashKey(key)}", roles: [${role}] }`)
  .join(', ')}] }`

async function run(yaml: string, port: number, env: Record<string, string> = {}, ...args: string[]) {
  const cwd = await createFolder()
  await writeFile(join(cwd, 'rtbridge.yaml'), yaml)
  const hub = { RTBRIDGE_HUB_HOST: '127.0.0.1', RTBRIDGE_HUB_PORT: String(port) }
  return runCli(['dashboard', ...args], {
    cwd,
    env: { ...hub, RTBRIDGE_DATABASE_URL: database.url, ...env },
  })
}

async function opens(link: string): Promise<number> {
  const url = new URL(link)
  const answer = await fetch(`${url.origin}/api/dashboard/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ link: url.hash.slice(1) }),
  })
  return answer.status
}

test('a new link comes from the hub that runs, and opens its dashboard once', async () => {
  const hub = await openTestDaemon(database.url)
  const { code, stdout } = await run('auth: { mode: open }', hub.daemon.port)
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/dashboard#\S+\n$/)])
  expect(await opens(stdout.trim())).toBe(201)
  expect(await opens(stdout.trim())).toBe(401)
  const json = await run('auth: { mode: open }', hub.daemon.port, {}, '--json')
  expect(JSON.parse(json.stdout)).toMatchObject({ version: 1, expires_at: expect.any(String) })
})

test('where the hub asks who is there, it is for admins, and who is none is told how to become one', async () => {
  const hub = await openTestDaemon(database.url, keyed)
  const { port } = hub.daemon
  for (const env of [{}, { RTBRIDGE_TOKEN: keys.clerk }]) {
    const { code, stdout, stderr } = await run(keyed, port, env)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('RTB_DASHBOARD_REFUSED')
    expect(stderr).toContain('rtbridge token create boss --roles admin')
  }
  const admin = await run(keyed, port, { RTBRIDGE_TOKEN: keys.admin })
  expect(await opens(admin.stdout.trim())).toBe(201)
})

test('no hub, and no dashboard, are told apart', async () => {
  const away = await run('auth: { mode: open }', 1)
  expect([away.code, away.stderr]).toEqual([1, expect.stringContaining('RTB_DASHBOARD_UNREACHABLE')])
  const off = await run('auth: { mode: open }\nhub: { dashboard: off }', 1)
  expect([off.code, off.stderr]).toEqual([2, expect.stringContaining('RTB_DASHBOARD_OFF')])
})
