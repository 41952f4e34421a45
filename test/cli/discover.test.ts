import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createTranslator } from '../../src/catalogue/translator.ts'
import { describeHubs } from '../../src/cli/discover/describe-hubs.ts'
import { describeFleet } from '../../src/cli/status/describe-fleet.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { makeCertificates } from '../support/make-certificates.ts'
import { createFolder, runCli } from './run-cli.ts'

async function avahiService(yaml: string, ...args: string[]) {
  const cwd = await createFolder()
  await writeFile(join(cwd, 'rtbridge.yaml'), yaml)
  return runCli(['discover', '--avahi-service', ...args], { cwd })
}

test('the file for Avahi has the port and what apps have to know', async () => {
  const { code, stdout, stderr } = await avahiService('hub: { port: 9000 }')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain('<type>_rtbridge._tcp</type>\n    <port>9000</port>\n')
  expect(stdout).toContain('<txt-record>tls=0</txt-record>')
  expect(stdout.startsWith('<?xml ')).toBe(true)
})

test('the file for Avahi has the fingerprint of the certificate', async () => {
  const { certFile, keyFile } = await makeCertificates()
  const { stdout } = await avahiService(`tls: { cert: ${certFile}, key: ${keyFile} }`, '--json')
  const { fingerprint256 } = new X509Certificate(readFileSync(certFile))
  const { service } = JSON.parse(stdout) as { service: string }
  expect(service).toContain('<txt-record>tls=1</txt-record>')
  expect(service).toContain(`<txt-record>fp=${fingerprint256.replaceAll(':', '').toLowerCase()}</txt-record>`)
})

test('there is no file for Avahi without a port or without the certificate that is configured', async () => {
  expect(await avahiService('hub: { port: 0 }')).toMatchObject({ code: 2, stdout: '' })
  expect(await avahiService('tls: { cert: gone.crt, key: gone.key }')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('RTB_TLS_UNREADABLE'),
  })
})

test('a time that is none, or too long, is refused before anything is sent', async () => {
  for (const timeout of ['soon', '61s', '1ms']) {
    const { code, stderr } = await runCli(['discover', '--timeout', timeout])
    expect(code).toBe(2)
    expect(stderr).toContain('--timeout')
  }
})

test('hubs are listed by database, and their text cannot steer the terminal', () => {
  const hub = {
    url: 'wss://10.0.0.1:8765/',
    name: '\u202eecnalg\u001b[2J',
    host: 'office.local',
    port: 8_765,
    addresses: ['10.0.0.1', 'fd00::1'],
    tls: true,
    fingerprint: 'AB:CD',
    version: '0.1.0',
    protocol: 1,
    hubId: 'h',
    incarnation: '0000000a',
  }
  const lines = describeHubs([hub, { ...hub, url: 'wss://10.0.0.2:8765/' }, { ...hub, incarnation: null }])
  expect(lines.filter(line => line.startsWith('database'))).toEqual([
    'database 0000000a',
    'database not known (yet)',
  ])
  expect(lines).toContain('    SHA-256     AB:CD')
  for (const mark of ['\u001b', '\u202e']) expect(lines.join('')).not.toContain(mark)
})

test('status says whether a hub is announced, why not, and what to do', async () => {
  const { daemon } = await openTestDaemon('postgres://nobody@127.0.0.1:1/none')
  expect(daemon.status().discovery).toEqual({ mdns: 'off', problem: null })
  const english = createTranslator('en')
  const off = { label: 'discovery', value: 'not announced (discovery.mdns: off)' }
  expect(describeFleet(daemon.status(), english)).toContainEqual(off)
  const problem = { code: 'RTB_DISCOVERY_PORT', message: 'it is taken', hint: 'let go' }
  expect(describeFleet({ discovery: { mdns: 'problem', problem } }, english)).toEqual([
    { label: 'discovery', value: 'NOT ANNOUNCED: it is taken', below: ['hint: let go'] },
  ])
})
