import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'
import { createFolder, runCli, startCli } from './run-cli.ts'

interface Shown {
  readonly certificates: readonly {
    readonly role: string
    readonly names: readonly string[]
    readonly days_left: number
    readonly fingerprint: string
  }[]
}

async function makeFolder(...more: readonly string[]) {
  const cwd = await createFolder()
  expect(await runCli(['cert', 'init', ...more], { cwd })).toMatchObject({ code: 0, stderr: '' })
  const show = async () => {
    const { stdout } = await runCli(['cert', 'show', '--json'], { cwd })
    return (JSON.parse(stdout) as Shown).certificates
  }
  return { cwd, show, file: (name: string) => join(cwd, 'tls', name) }
}

describe('rtbridge cert', () => {
  test('makes an authority and a certificate, and keeps the keys to their owner', async () => {
    const { show, file } = await makeFolder('--host', 'RT.example')
    for (const name of ['ca.key', 'hub.key']) expect(statSync(file(name)).mode & 0o777).toBe(0o600)
    expect(readFileSync(file('ca.crt'), 'utf8')).toContain('BEGIN CERTIFICATE')
    const [authority, hub] = await show()
    expect(authority).toMatchObject({ role: 'authority', names: [] })
    expect(authority?.days_left).toBeGreaterThan(3_640)
    expect(hub?.names).toEqual(expect.arrayContaining(['localhost', '127.0.0.1', '::1', 'rt.example']))
    expect(hub?.days_left).toBeLessThanOrEqual(397)
    expect(hub?.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
  })

  test('replaces no authority unless told to', async () => {
    const { cwd, show } = await makeFolder()
    const [before] = await show()
    const again = await runCli(['cert', 'init'], { cwd })
    expect(again).toMatchObject({ code: 6, stderr: expect.stringContaining('RTB_CERT_EXISTS') })
    expect((await show())[0]?.fingerprint).toBe(before?.fingerprint)
    await runCli(['cert', 'init', '--force'], { cwd })
    expect((await show())[0]?.fingerprint).not.toBe(before?.fingerprint)
  })

  test('renews the certificate of the hub with its names, and keeps the authority', async () => {
    const { cwd, show } = await makeFolder('--host', 'rt.example')
    const [authority, hub] = await show()
    expect((await runCli(['cert', 'renew', '--host', '10.1.2.3'], { cwd })).code).toBe(0)
    const [sameAuthority, newHub] = await show()
    expect(sameAuthority).toEqual(authority)
    expect(newHub?.fingerprint).not.toBe(hub?.fingerprint)
    expect(newHub?.names).toEqual(expect.arrayContaining(['rt.example', '10.1.2.3']))
  })

  test('vouches for nothing but the local network and the names it was made for', async () => {
    const { cwd } = await makeFolder('--host', 'rt.example')
    for (const name of ['bank.example', '198.51.100.7', 'xrt.example']) {
      const refused = await runCli(['cert', 'renew', '--host', name], { cwd })
      expect(refused).toMatchObject({ code: 6, stderr: expect.stringContaining('RTB_CERT_CONSTRAINED') })
    }
    for (const name of ['a.rt.example', 'desk7.local', '192.168.7.7', 'fd00::7']) {
      expect((await runCli(['cert', 'renew', '--host', name], { cwd })).code).toBe(0)
    }
    const odd = await runCli(['cert', 'renew', '--host', '*.rt.example'], { cwd })
    expect(odd).toMatchObject({ code: 2, stderr: expect.stringContaining('RTB_CERT_NAME') })
  })

  test('says how desks trust it, and writes a copy where it is told', async () => {
    const { cwd, file } = await makeFolder()
    const { code, stdout } = await runCli(['cert', 'trust', '--to', 'share'], { cwd })
    expect(code).toBe(0)
    expect(stdout).toContain('update-ca-certificates')
    expect(readFileSync(join(cwd, 'share/rtbridge-ca.crt'), 'utf8')).toBe(
      readFileSync(file('ca.crt'), 'utf8'),
    )
  })

  test('says what is missing', async () => {
    const cwd = await createFolder()
    for (const command of ['show', 'trust', 'renew']) {
      const { code, stderr } = await runCli(['cert', command], { cwd })
      expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('RTB_CERT_MISSING') })
    }
    writeFileSync(join(cwd, 'file'), '')
    const unwritable = await runCli(['cert', 'init', '--dir', 'file/tls'], { cwd })
    expect(unwritable.stderr).toContain('RTB_CERT_WRITE')
  })
})

describe('commands at a hub with a certificate', () => {
  test('status and tail reach it by its configuration, or with --ca', async () => {
    const database = await createTestDatabase()
    await database.query('CREATE TABLE item (id int PRIMARY KEY)')
    await installTables(database, 'tables: { item: {} }')
    const { cwd, file } = await makeFolder()
    const tls = `tls: { cert: ${file('hub.crt')}, key: ${file('hub.key')} }`
    const { daemon } = await openTestDaemon(database.url, `tables: { item: {} }\n${tls}`)
    await daemon.live
    const hub = `hub: { host: 127.0.0.1, port: ${daemon.port} }`
    writeFileSync(join(cwd, 'rtbridge.yaml'), `tables: { item: {} }\n${tls}\n${hub}\n`)
    const env = { RTBRIDGE_DATABASE_URL: database.url }
    await fetch(`http://127.0.0.1:${daemon.port}/`)
    const status = await runCli(['status'], { cwd, env })
    expect(status.stdout).toContain('refused   1 × RTB_TLS_EXPECTED')
    expect(status).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`live at 127.0.0.1:${daemon.port}`),
    })
    const away = await createFolder()
    const tail = await startCli(
      ['tail', '--url', `wss://127.0.0.1:${daemon.port}`, '--ca', file('ca.crt'), '--limit', '1', '--json'],
      { cwd: away },
    )
    await tail.says(/following/)
    let id = 0
    await waitFor(async () => {
      await database.query('INSERT INTO item VALUES ($1)', [++id])
      return tail.said.stdout.includes('"INSERT"')
    })
    expect((await tail.ended()).code).toBe(0)
    const stranger = await startCli(['tail', '--url', `wss://127.0.0.1:${daemon.port}`], { cwd: away })
    expect((await stranger.ended()).stderr).toContain('RTB_TAIL_UNREACHABLE')
  })

  test('a hub takes a renewed certificate into use on SIGHUP', async () => {
    const { cwd, file } = await makeFolder()
    const tls = `tls: { cert: ${file('hub.crt')}, key: ${file('hub.key')} }`
    writeFileSync(join(cwd, 'rtbridge.yaml'), `${tls}\nhub: { host: 127.0.0.1, port: 0 }\n`)
    const env = { RTBRIDGE_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }
    const serve = await startCli(['serve'], { cwd, env })
    await serve.says(/"msg":"listening"/)
    expect((await runCli(['cert', 'renew'], { cwd })).code).toBe(0)
    serve.child.kill('SIGHUP')
    await serve.says(/"msg":"a new certificate is in use"/)
    writeFileSync(file('hub.key'), 'broken')
    serve.child.kill('SIGHUP')
    await serve.says(/RTB_TLS_UNREADABLE/)
    serve.child.kill('SIGTERM')
    expect((await serve.ended()).code).toBe(0)
  })

  test('doctor says how long the certificate is good', async () => {
    const database = await createTestDatabase()
    const { cwd, file } = await makeFolder()
    const tls = `tls: { cert: ${file('hub.crt')}, key: ${file('hub.key')} }`
    writeFileSync(join(cwd, 'rtbridge.yaml'), tls)
    const env = { RTBRIDGE_DATABASE_URL: database.url }
    const good = await runCli(['doctor'], { cwd, env })
    expect(good.stdout).toMatch(/ok +certificate +\S+hub.crt is good until \d{4}-\d\d-\d\d/)
    writeFileSync(file('hub.key'), 'broken')
    const bad = await runCli(['doctor'], { cwd, env })
    expect(bad).toMatchObject({ code: 5, stdout: expect.stringContaining('RTB_TLS_UNREADABLE') })
  })
})
