import { chmod, mkdir, rename, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { judgeFirewall } from '../../../../src/cli/doctor/firewall.ts'
import { judgeNode } from '../../../../src/cli/doctor/node-check.ts'
import { judgeDescriptors, judgeService } from '../../../../src/cli/doctor/service-checks.ts'
import { startServer } from '../../../support/start-server.ts'
import { type AilingDatabase, createAilingDatabase } from '../ailing-database.ts'

const server = await startServer({ prepare: false })
const configuration = `
database: { url: "postgres://postgres:canary-of-the-file@127.0.0.1:1/none" }
hub: { port: 0 }
discovery: { mdns: off }
tls: { cert: tls/hub.crt, key: tls/hub.key }
`
let database: AilingDatabase
beforeEach(async () => {
  database = await createAilingDatabase(server)
  await writeFile(join(database.cwd, 'rtbridge.yaml'), configuration)
  await chmod(join(database.cwd, 'rtbridge.yaml'), 0o600)
})

/** What the folder of the test resolves, since a command runs where it was called. */
async function makeCertificate(ageDays: number, ...hosts: string[]): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - ageDays * 86_400_000 })
  onTestFinished(() => void vi.useRealTimers())
  const { code, stderr } = await database.run('cert', 'init', '--dir', join(database.cwd, 'tls'), ...hosts)
  vi.useRealTimers()
  expect(stderr).toBe('')
  expect(code).toBe(0)
}

async function applyCertFix(check: string): Promise<void> {
  const fix = (await database.look(check)).findings[0]?.fix ?? ''
  expect(fix).toMatch(/^rtbridge cert renew/)
  await database.run(...fix.split(' ').slice(1), '--dir', join(database.cwd, 'tls'))
}

describe('doctor names what is wrong on the machine, and the printed fix mends it', () => {
  test('the certificate has expired', async () => {
    await makeCertificate(400)
    expect(await database.look('certificate')).toMatchObject({
      state: 'problem',
      found: expect.stringContaining('RTB_TLS_EXPIRED'),
      findings: [{ fix: 'rtbridge cert renew' }],
    })
    await applyCertFix('certificate')
    expect(await database.look('certificate')).toMatchObject({ state: 'ok' })
  })

  test('the certificate ends soon', async () => {
    await makeCertificate(380)
    expect(await database.look('certificate')).toMatchObject({ state: 'warning' })
    await applyCertFix('certificate')
    expect(await database.look('certificate')).toMatchObject({ state: 'ok' })
  })

  test('the certificate is not for the name that apps use', async () => {
    await makeCertificate(1)
    expect(await database.look('certificate-names')).toMatchObject({
      state: 'ok',
      found: expect.stringContaining(hostname().toLowerCase()),
    })
    const asked = `${configuration}`.replace('port: 0', 'port: 0, public_url: "wss://10.1.2.3:8765"')
    await writeFile(join(database.cwd, 'rtbridge.yaml'), asked)
    expect(await database.look('certificate-names')).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('(10.1.2.3)'),
      findings: [{ fix: 'rtbridge cert renew --host 10.1.2.3' }],
    })
    await applyCertFix('certificate-names')
    expect(await database.look('certificate-names')).toMatchObject({ state: 'ok' })
  })

  test('a key can be read by everybody', async () => {
    await makeCertificate(1)
    const key = join(database.cwd, 'tls', 'hub.key')
    expect(await database.look('key-files')).toMatchObject({ state: 'ok' })
    await chmod(key, 0o644)
    const ill = await database.look('key-files')
    expect(ill).toMatchObject({
      state: 'problem',
      found: `${key} can be read by every user of this machine (mode 0644)`,
      findings: [{ fix: `chmod 600 ${key}`, safe: true }],
    })
    await chmod(key, 0o600)
    expect(await database.look('key-files')).toMatchObject({ state: 'ok' })
  })

  test('a file with a password can be read by everybody', async () => {
    const file = join(database.cwd, 'rtbridge.yaml')
    expect(await database.look('password-files')).toMatchObject({ state: 'ok' })
    await chmod(file, 0o644)
    expect(await database.look('password-files')).toMatchObject({
      state: 'warning',
      findings: [{ fix: expect.stringContaining(`chmod 640 ${file}`) }],
    })
    await chmod(file, 0o640)
    expect(await database.look('password-files')).toMatchObject({ state: 'ok' })
  })

  test('the certificate and its key are gone', async () => {
    await mkdir(join(database.cwd, 'tls'))
    await makeCertificate(1)
    await rename(join(database.cwd, 'tls'), join(database.cwd, 'moved'))
    expect(await database.look('certificate')).toMatchObject({
      state: 'problem',
      found: expect.stringContaining('RTB_TLS_UNREADABLE'),
    })
    expect(await database.look('key-files')).toMatchObject({ state: 'skipped' })
  })
})

test.each([
  ['18.20.4', 'problem'],
  ['20.18.1', 'problem'],
])('Node %s is too old', (version, level) => {
  expect(judgeNode(version)).toMatchObject({ level, fix: expect.stringContaining('nodejs.org') })
})

test.each(['20.19.0', '22.0.0', '24.3.1'])('Node %s is new enough', version => {
  expect(judgeNode(version)).toBeNull()
})

describe('what is judged of a firewall', () => {
  const none = { ufw: false, ufwRules: null, ufwAccepts: false, firewalld: false }
  const hub = { isLoopback: false, port: 8765 }
  const rules = (ports: string) =>
    `*filter\n### tuple ### allow tcp ${ports} 0.0.0.0/0 any 0.0.0.0/0 in\nCOMMIT\n`

  test.each([
    [none, 'rules of nftables are not looked at: sudo nft list ruleset'],
    [{ ...none, ufw: true }, 'its rules could not be read: sudo ufw status'],
    [{ ...none, firewalld: true }, 'is not asked for its rules: sudo firewall-cmd --list-ports'],
  ])('nothing, where no file tells, be it root who asks: %o', (signs, what) => {
    const judged = judgeFirewall(signs, hub)
    expect(judged).toMatchObject({ skipped: true, found: expect.stringContaining(what) })
    expect(judged.found).not.toContain('only root')
  })

  test('a hub for this machine alone needs no hole', () => {
    expect(judgeFirewall({ ...none, ufw: true }, { ...hub, isLoopback: true })).not.toHaveProperty('skipped')
  })

  test.each([
    ['8765', true],
    ['22,8765', true],
    ['8000:9000', true],
    ['any', true],
    ['87651', false],
    ['1:1023', false],
    ['22', false],
  ])('ufw with a rule for %s', (ports, isOpen) => {
    const { findings = [] } = judgeFirewall({ ...none, ufw: true, ufwRules: rules(ports) }, hub)
    expect(findings.map(({ fix }) => fix)).toEqual(isOpen ? [] : ['sudo ufw allow 8765/tcp'])
  })
})

describe('what is judged of a service', () => {
  const well = { UnitFileState: 'enabled', ActiveState: 'active', Result: 'success' }
  test.each([
    [well, 1.5, []],
    [well, null, []],
    [
      { ...well, ActiveState: 'failed', Result: 'exit-code' },
      1.5,
      ['journalctl -u rtbridge -n 50; sudo systemctl restart rtbridge'],
    ],
    [
      { ...well, ActiveState: 'inactive', UnitFileState: 'disabled' },
      1.5,
      ['sudo systemctl start rtbridge', 'sudo systemctl enable rtbridge'],
    ],
    [well, 9.2, [expect.stringContaining('systemd-analyze security rtbridge.service')]],
  ])('%o, exposure %s', (state, exposure, fixes) => {
    expect(judgeService(state, exposure).findings.map(({ fix }) => fix)).toEqual(fixes)
  })
})

test('fewer files than connections is named with the number that it takes', () => {
  expect(judgeDescriptors(1_024, 10_000, 'the hub')).toMatchObject({
    findings: [{ fix: expect.stringContaining('ulimit -n 10064') }],
  })
  expect(judgeDescriptors(10_064, 10_000, 'the hub').findings).toBeUndefined()
  expect(judgeDescriptors(0, 10_000, 'the hub').findings).toBeUndefined()
})
