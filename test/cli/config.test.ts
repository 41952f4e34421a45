import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createFolder, runCli } from './run-cli.ts'

const env = { DATABASE_URL: 'postgres://app:secret-word@db/office' }

describe('rtbridge config', () => {
  test('check accepts a good file and names it', async () => {
    const cwd = await folderWith(
      'database: { url: "postgresql://db/office" }\nauth: { mode: open }\ntables: { bookings: { events: { BOOKING_CREATED: { on: insert } } }, vehicles: }',
    )
    const { code, stdout, stderr } = await runCli(['config', 'check'], { cwd })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(join(cwd, 'rtbridge.yaml'))
    expect(stdout).toContain('ok: 2 tables, 1 rule, 0 warnings')
  })

  test('check says which database it would be when none is named', async () => {
    const cwd = await folderWith('auth: { mode: open }')
    const { code, stdout, stderr } = await runCli(['config', 'check'], { cwd })
    expect(code).toBe(0)
    expect(stderr).toMatch(
      /^warning: database\.url is not set, nor PGHOST, PGUSER and the like: postgresql:\/\/\S*localhost:5432\/\S* would be taken$/m,
    )
    expect(stdout).toMatch(/ 1 warning$/m)
    const named = await runCli(['config', 'check'], { cwd, env: { PGHOST: '/run/postgresql' } })
    expect(named.stderr).toBe('')
  })

  test('check says that serve would not start without a word on who may connect', async () => {
    const cwd = await folderWith('database: { url: "postgresql://db/office" }\nhub: { host: 0.0.0.0 }')
    const { code, stdout, stderr } = await runCli(['config', 'check'], { cwd })
    expect(code).toBe(0)
    expect(stderr).toContain('`rtbridge serve` will not start: hub.host 0.0.0.0')
    expect(stdout).toMatch(/ 1 warning$/m)
  })

  test('check tells every problem with its place', async () => {
    const cwd = await folderWith(
      'hub: { prot: 1 }\ntables:\n  a: { events: { X: { on: insert, when: "new." } } }\n',
    )
    const { code, stderr } = await runCli(['config', 'check'], { cwd })
    expect(code).toBe(3)
    expect(stderr).toContain('rtbridge.yaml:1:8')
  })

  test('check names each path it tried when there is no file', async () => {
    const { stdout } = await runCli(['config', 'check', '--json'])
    const { path, tried } = JSON.parse(stdout) as { path: string | null; tried: string[] }
    expect(path).toBeNull()
    expect(tried).toContain('/etc/rtbridge/rtbridge.yaml')
  })

  test('show explains who sees what', async () => {
    const rule = '{ roles: customer, where: "new.owner == auth.sub", tenant: firm, hide: [note] }'
    const cwd = await folderWith(
      `policies: { tables: { bookings: [{ roles: [clerk] }, ${rule}, { roles: x, deny: true }], pins: [] } }`,
    )
    const { stdout } = await runCli(['config', 'show'], { cwd })
    expect(stdout).toContain('policy of table bookings: clerk sees all\n')
    expect(stdout).toContain(
      'customer sees rows where firm is his tenant and new.owner == auth.sub, without note\n',
    )
    expect(stdout).toContain('policy of table bookings: x sees nothing\n')
    expect(stdout).toContain('policy of table pins: nobody sees any of it\n')
    const json = await runCli(['config', 'show', '--json'], { cwd })
    expect(JSON.parse(json.stdout)).toMatchObject({ policies: { default: 'allow' } })
  })

  test('show tells every value and where it comes from, without secrets', async () => {
    const cwd = await folderWith(`database: { url: "\${DATABASE_URL}" }\nhub: { port: 9000 }`)
    const variables = { ...env, RTBRIDGE_HUB_HOST: '127.0.0.1' }
    const { stdout } = await runCli(['config', 'show', '--origin'], { cwd, env: variables })
    expect(stdout).toMatch(/hub\.port +9000 {2}# rtbridge\.yaml:2:14/)
    expect(stdout).toMatch(/database\.connect_timeout +5s {2}# default/)
    expect(stdout).toMatch(/hub\.host +127\.0\.0\.1 {2}# RTBRIDGE_HUB_HOST/)
    expect(stdout).toMatch(/log\.level +info {2}# default/)
    expect(stdout).toContain('postgres://app:***@db/office')
    expect(stdout).not.toContain('secret-word')
  })

  test('show has no secret in its JSON either', async () => {
    const cwd = await folderWith(`database: { url: "\${DATABASE_URL}" }\ntables: [bookings]`)
    const { stdout } = await runCli(['config', 'show', '--json'], { cwd, env })
    expect(stdout).not.toContain('secret-word')
    expect(JSON.parse(stdout)).toMatchObject({ version: 1, tables: [{ pattern: 'bookings' }] })
  })

  test('schema prints a JSON Schema', async () => {
    const { stdout } = await runCli(['config', 'schema'])
    expect(JSON.parse(stdout)).toMatchObject({ title: 'rtbridge.yaml', type: 'object' })
  })

  test('does not take its own variables for misspelt settings', async () => {
    const { stderr } = await runCli(['config', 'check'], {
      env: { RTBRIDGE_QUIET: '1', RTBRIDGE_NO_COLOR: '1', RTBRIDGE_HUB_HOST: '127.0.0.1', PGHOST: 'db' },
    })
    expect(stderr).toBe('')
  })

  test('without a subcommand is a usage error', async () => {
    const { code, stderr } = await runCli(['config'])
    expect(code).toBe(2)
    expect(stderr).toContain('try: rtbridge config --help')
  })
})

async function folderWith(yaml: string): Promise<string> {
  const folder = await createFolder()
  await writeFile(join(folder, 'rtbridge.yaml'), yaml)
  return folder
}
