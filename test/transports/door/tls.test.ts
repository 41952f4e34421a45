import { spawn } from 'node:child_process'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { connect, type SecureVersion } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { loadConfig } from '../../../src/config/load-config.ts'
import { startDaemon } from '../../../src/daemon.ts'
import { createLogger } from '../../../src/logging.ts'
import { judgeValidity, readTlsIdentity } from '../../../src/transports/door/tls-identity.ts'
import { startTlsReload } from '../../../src/transports/door/tls-server.ts'
import { type Certificates, makeCertificates } from '../../support/make-certificates.ts'
import { type OpenDoor, openDoor } from '../../support/open-door.ts'
import { openRawSocket } from '../../support/raw-socket.ts'
import { waitFor } from '../../support/wait-for.ts'

const dayMs = 86_400_000

async function openTlsDoor(
  certificates: Certificates,
  more: Parameters<typeof openDoor>[1] = {},
  limits: Parameters<typeof openDoor>[0] = {},
) {
  return openDoor(limits, { tls: { ...certificates, minVersion: 'TLSv1.2' }, ...more })
}

/** Serial number of the certificate that a new connection gets. */
function serialOf({ server }: OpenDoor, { ca }: Certificates, maxVersion: SecureVersion = 'TLSv1.3') {
  return new Promise<string>((resolve, reject) => {
    const options = { port: server.port, host: '127.0.0.1', ca, maxVersion, minVersion: 'TLSv1' as const }
    const socket = connect(options, () => {
      resolve(socket.getPeerCertificate().serialNumber)
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

/**
 * Connects, breaks the connection when told to, and asks for a page from the same port, of an address that nobody else has:
 * meanwhile another program may get the port otherwise.
 */
const comeAgain = `
  const [net, https, readline] = [require('node:net'), require('node:https'), require('node:readline')]
  const lines = readline.createInterface({ input: process.stdin })
  lines.once('line', line => {
    const { port, ca } = JSON.parse(line)
    const to = { port, host: '127.0.0.1', localAddress: '127.0.0.2' }
    const first = net.connect(to)
    lines.once('line', () => {
      const { localPort } = first
      const agent = new https.Agent({ keepAlive: true })
      first.on('close', () => https.get({ ...to, path: '/livez', ca, localPort, agent }, answer => answer.resume()))
      first.resetAndDestroy()
    })
  })
`

describe('a hub with a certificate', () => {
  test('knows who comes again from the port of a connection that broke a moment ago', async () => {
    const certificates = await makeCertificates()
    const { server } = await openTlsDoor(certificates)
    const child = spawn(process.execPath, ['-e', comeAgain], { stdio: ['pipe', 'ignore', 'inherit'] })
    onTestFinished(() => void child.kill())
    child.stdin.write(`${JSON.stringify({ port: server.port, ca: certificates.ca })}\n`)
    await waitFor(() => server.door.connections === 1)
    child.stdin.write('again\n')
    // Meanwhile the break and the new connection come, so that both are found at once.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
    await waitFor(() => server.door.connections === 1 && server.door.half_open === 0)
  })

  test('serves https and wss on one port, to who trusts its authority', async () => {
    const certificates = await makeCertificates()
    const door = await openTlsDoor(certificates)
    const { ca } = certificates
    const status = await new Promise(resolve => {
      request({ port: door.server.port, host: '127.0.0.1', path: '/livez', ca, agent: false }, answer => {
        answer.resume().on('end', () => resolve(answer.statusCode))
      }).end()
    })
    expect(status).toBe(200)
    const url = `wss://localhost:${door.server.port}/`
    const socket = new WebSocket(url, { ca })
    onTestFinished(() => socket.terminate())
    socket.on('open', () => socket.send('{"message_type":"ping"}'))
    const answer = await new Promise(resolve => socket.on('message', text => resolve(text.toString())))
    expect(answer).toContain('"pong"')
    expect(door.server.door).toMatchObject({ connections: 1, half_open: 0 })
    const stranger = new WebSocket(url)
    const problem = await new Promise(resolve => stranger.on('error', resolve))
    expect(problem).toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  })

  test('guards its names and origins as without', async () => {
    const certificates = await makeCertificates()
    const door = await openTlsDoor(certificates)
    const socket = new WebSocket(`wss://localhost:${door.server.port}/`, {
      ca: certificates.ca,
      headers: { origin: `http://localhost.evil.org` },
    })
    expect(String(await new Promise(resolve => socket.on('error', resolve)))).toContain('403')
  })

  test('speaks no TLS below 1.2', async () => {
    const certificates = await makeCertificates()
    const door = await openTlsDoor(certificates)
    await expect(serialOf(door, certificates, 'TLSv1.1')).rejects.toThrow()
    await expect(serialOf(door, certificates, 'TLSv1.2')).resolves.toMatch(/^[0-9A-F]+$/)
  })

  test('tells in plain HTTP who speaks plain HTTP to it', async () => {
    const door = await openTlsDoor(await makeCertificates())
    const answer = await fetch(`http://127.0.0.1:${door.server.port}/livez`)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ code: 'RTB_TLS_EXPECTED' })
    expect(door.server.door.refused).toEqual({ RTB_TLS_EXPECTED: 1 })
  })

  test('cuts who says nothing, and who stops in the middle of the handshake', async () => {
    const door = await openTlsDoor(await makeCertificates(), {}, { handshakeMs: 300 })
    const silent = await openRawSocket(door.server.port)
    const slow = await openRawSocket(door.server.port)
    slow.socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02]))
    const broken = await openRawSocket(door.server.port)
    broken.socket.write(Buffer.concat([Buffer.from([0x16, 0x03, 0x01]), Buffer.alloc(2_000, 0xff)]))
    await Promise.all([silent.ends(), slow.ends(), broken.ends()])
    await waitFor(() => door.server.door.connections === 0)
  })

  test('takes a new certificate into use, and keeps the old one when the new one is no good', async () => {
    const certificates = await makeCertificates()
    const refused: unknown[] = []
    const renewed: number[] = []
    const door = await openTlsDoor(certificates, {
      onError: error => refused.push(error),
      onCertificate: validToMs => renewed.push(validToMs),
    })
    const first = await serialOf(door, certificates)
    await certificates.renew()
    door.server.reloadCertificate()
    const second = await serialOf(door, certificates)
    expect(second).not.toBe(first)
    expect(renewed).toHaveLength(1)
    const good = readFileSync(certificates.keyFile)
    copyFileSync((await makeCertificates()).keyFile, certificates.keyFile)
    door.server.reloadCertificate()
    door.server.reloadCertificate()
    expect(refused).toMatchObject([{ code: 'RTB_TLS_MISMATCH' }])
    expect(await serialOf(door, certificates)).toBe(second)
    writeFileSync(certificates.keyFile, good)
    door.server.reloadCertificate()
    expect(refused).toHaveLength(1)
  })

  test('looks at its files by itself', async () => {
    const certificates = await makeCertificates()
    const door = await openTlsDoor(certificates)
    const used: string[] = []
    const fake = { setSecureContext: ({ cert }: { cert: string }) => used.push(cert) }
    const tls = { ...certificates, minVersion: 'TLSv1.2' as const }
    const reload = startTlsReload(fake as never, {
      tls,
      identity: readTlsIdentity(tls, Date.now()),
      everyMs: 5,
      onRenewed: () => {},
      onRefused: () => {},
    })
    onTestFinished(() => reload.close())
    await certificates.renew()
    await waitFor(() => used.at(-1) === readFileSync(certificates.certFile, 'utf8'))
    expect(door.server.validToMs).toBeLessThanOrEqual(reload.validToMs)
  })
})

describe('a certificate that cannot be used', () => {
  test('is refused with its reason', async () => {
    const files = await makeCertificates()
    const other = await makeCertificates()
    const read =
      (changes: Partial<Certificates>, now = Date.now()) =>
      () =>
        readTlsIdentity({ ...files, ...changes }, now)
    expect(read({ keyFile: other.keyFile })).toThrow(expect.objectContaining({ code: 'RTB_TLS_MISMATCH' }))
    expect(read({}, Date.now() + 400 * dayMs)).toThrow(expect.objectContaining({ code: 'RTB_TLS_EXPIRED' }))
    expect(read({}, Date.now() - dayMs)).toThrow(expect.objectContaining({ code: 'RTB_TLS_NOT_YET' }))
    for (const certFile of ['/nowhere', files.keyFile, files.folder]) {
      expect(read({ certFile })).toThrow(expect.objectContaining({ code: 'RTB_TLS_UNREADABLE' }))
    }
    const locked = `${files.folder}/locked.key`
    writeFileSync(locked, '-----BEGIN ENCRYPTED PRIVATE KEY-----\n-----END ENCRYPTED PRIVATE KEY-----\n')
    expect(read({ keyFile: locked })).toThrow(/pass phrase/)
  })

  test('keeps a hub from starting', async () => {
    const { certFile, keyFile } = await makeCertificates()
    const other = await makeCertificates()
    const start = (flags: Readonly<Record<string, string>>) => {
      const { config } = loadConfig({
        env: {},
        cwd: '/',
        flags: { 'hub.host': '127.0.0.1', 'hub.port': 0, ...flags },
      })
      return startDaemon({ config, logger: createLogger('silent') })
    }
    await expect(start({ 'tls.cert': certFile })).rejects.toMatchObject({ code: 'RTB_TLS_INCOMPLETE' })
    await expect(start({ 'tls.key': keyFile })).rejects.toMatchObject({ code: 'RTB_TLS_INCOMPLETE' })
    await expect(start({ 'tls.cert': certFile, 'tls.key': other.keyFile })).rejects.toMatchObject({
      code: 'RTB_TLS_MISMATCH',
    })
  })

  test('is a warning thirty days before its end', () => {
    const end = Date.UTC(2027, 0, 31)
    expect(judgeValidity('hub.crt', end, end - 31 * dayMs)).toBeNull()
    expect(judgeValidity('hub.crt', end, end - 29 * dayMs)).toMatchObject({
      code: 'RTB_TLS_EXPIRING',
      message: 'the certificate in hub.crt ends in 29 days, on 2027-01-31',
      hint: 'run: rtbridge cert renew',
    })
    expect(judgeValidity('hub.crt', end, end + 1)).toMatchObject({ code: 'RTB_TLS_EXPIRED' })
  })
})
