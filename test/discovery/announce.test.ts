import { createSocket } from 'node:dgram'
import { hostname } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import { discoverHubs } from '../../src/discovery/index.ts'
import { describeInNetworkNamespace, namespaceAddress } from '../support/describe-in-network-namespace.ts'
import { makeCertificates } from '../support/make-certificates.ts'
import { addressOf, openTcpFaultProxy, throughProxy } from '../support/tcp-fault-proxy.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { discoverUntil, failToDiscover } from './discover-until.ts'
import { noDatabase, openListener, openNetworkHub, openStranger, openWatch } from './network-hub.ts'

describeInNetworkNamespace('a hub on the local network', import.meta.url, async () => {
  const database = await createTestDatabase()

  test('is found with what it tells of itself, and nothing else', async () => {
    const packets = await openListener()
    const { daemon } = await openNetworkHub('', { url: database.url })
    await daemon.live
    const watch = openWatch()
    await waitFor(() => watch.hubs[0]?.incarnation)
    expect(watch.hubs).toEqual([
      {
        url: `ws://${namespaceAddress}:${daemon.port}/`,
        name: expect.stringMatching(new RegExp(`-${daemon.port}-[0-9a-f]{6}$`)),
        host: `${hostname().split('.')[0]?.toLowerCase()}.local`,
        port: daemon.port,
        addresses: [namespaceAddress],
        tls: false,
        fingerprint: null,
        version: daemon.status().hub_version,
        protocol: 1,
        hubId: daemon.hubId,
        incarnation: expect.stringMatching(/^[0-9a-f]{8}$/),
      },
    ])
    expect(daemon.status().discovery).toEqual({ mdns: 'announced', problem: null })
    expect(packets.join('')).not.toContain(database.name)
  })

  test('tells its incarnation as soon as it knows it', async () => {
    const proxy = await openTcpFaultProxy(addressOf(database.url))
    proxy.setMode({ kind: 'hold' })
    const watch = openWatch()
    await openNetworkHub('', { url: throughProxy(database.url, proxy) })
    await waitFor(() => watch.hubs.length === 1)
    expect(watch.hubs[0]?.incarnation).toBeNull()
    proxy.setMode({ kind: 'pass' })
    await waitFor(() => watch.hubs[0]?.incarnation)
  })

  test('says goodbye when it stops, soon', async () => {
    const { daemon } = await openNetworkHub()
    const watch = openWatch()
    await waitFor(() => watch.hubs.length === 1)
    await daemon.close()
    await waitFor(() => watch.hubs.length === 0)
  })

  test('is listed beside the other hubs of its database', async () => {
    const hubs = await Promise.all([
      openNetworkHub('', { url: database.url }),
      openNetworkHub(),
      openNetworkHub('', { url: database.url, host: namespaceAddress }),
    ])
    await Promise.all([hubs[0].daemon.live, hubs[2].daemon.live])
    const watch = openWatch()
    await waitFor(
      () => watch.hubs.length === 3 && watch.hubs.filter(hub => hub.incarnation !== null).length === 2,
    )
    expect(watch.hubs.map(({ incarnation }) => incarnation !== null)).toEqual([true, true, false])
    const incarnation = watch.hubs[0]?.incarnation ?? ''
    const found = await discoverUntil(2, { incarnation })
    const ids = [hubs[0].daemon.hubId, hubs[2].daemon.hubId]
    expect(found.map(({ hubId }) => hubId).sort()).toEqual(ids.sort())
  })

  test('tells the fingerprint of its certificate, and that of a new one', async () => {
    const { certFile, keyFile, renew } = await makeCertificates()
    const { daemon } = await openNetworkHub(`tls: { cert: ${certFile}, key: ${keyFile} }`)
    const watch = openWatch()
    const first = await waitFor(() => watch.hubs[0]?.fingerprint)
    expect(first).toMatch(/^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/)
    expect(watch.hubs[0]?.url).toBe(`wss://${namespaceAddress}:${daemon.port}/`)
    const pinned = await discoverUntil(1, { fingerprint: first.replaceAll(':', '').toLowerCase() })
    expect(pinned.map(({ hubId }) => hubId)).toEqual([daemon.hubId])
    await renew()
    daemon.reloadCertificate()
    await waitFor(() => watch.hubs[0]?.fingerprint !== first)
    expect(watch.hubs).toHaveLength(1)
    expect(await discoverHubs({ timeoutMs: 300, fingerprint: first })).toEqual([])
  })

  test('answers a flood of questions with a few packets', async () => {
    await openNetworkHub()
    const packets = await openListener()
    const watch = openWatch()
    await waitFor(() => watch.hubs.length === 1)
    const stranger = await openStranger()
    const questions = () => packets.filter(packet => !packet.includes('hub=')).length
    await waitFor(
      async () => {
        for (let i = 0; i < 20; i++) await stranger.ask('_rtbridge._tcp.local')
        return questions() > 1_000
      },
      { intervalMs: 1 },
    )
    expect(packets.length - questions()).toBeLessThan(questions() / 5)
  })

  test.each([
    ['on a loopback address', '', '127.0.0.1'],
    ['with discovery.mdns: off', 'discovery: { mdns: off }', '0.0.0.0'],
  ])('sends nothing %s', async (_, yaml, host) => {
    const packets = await openListener()
    const { daemon } = await openNetworkHub(yaml, { host })
    expect(daemon.status().discovery.mdns).toBe(host === '0.0.0.0' ? 'off' : 'local')
    // A hub that announces comes later, and is heard: what came before would have been, too.
    const other = await openNetworkHub()
    await waitFor(() => packets.some(packet => packet.includes(`hub=${other.daemon.hubId}`)))
    const stranger = await openStranger()
    await stranger.ask('_rtbridge._tcp.local')
    await waitFor(() => packets.filter(packet => packet.includes('hub=')).length >= 2)
    await daemon.close()
    expect(packets.filter(packet => packet.includes(daemon.hubId))).toEqual([])
  })

  test('serves on when another program holds port 5353, says so, and is announced when it lets go', async () => {
    const taken = createSocket({ type: 'udp4' })
    await new Promise<void>(resolve => taken.bind(5_353, '0.0.0.0', resolve))
    const free = () => new Promise<void>(resolve => taken.close(() => resolve()))
    let isTaken = true
    onTestFinished(() => (isTaken ? free() : undefined))
    const { daemon, log } = await openNetworkHub('', { url: database.url })
    await daemon.live
    const warning = await waitFor(() => log.find(line => line.includes('RTB_DISCOVERY_PORT')))
    expect(JSON.parse(warning)).toMatchObject({
      level: 'warn',
      err: { hint: expect.stringContaining('rtbridge discover --avahi-service') },
    })
    expect(daemon.status()).toMatchObject({
      state: 'live',
      problems: [],
      discovery: { mdns: 'problem', problem: { code: 'RTB_DISCOVERY_PORT' } },
    })
    expect((await fetch(`http://127.0.0.1:${daemon.port}/readyz`)).status).toBe(200)
    expect(await failToDiscover()).toBe('RTB_DISCOVERY_PORT')
    await free()
    isTaken = false
    await waitFor(() => daemon.status().discovery.mdns === 'announced')
    expect(log.filter(line => line.includes('RTB_DISCOVERY_PORT'))).toHaveLength(1)
  })

  test('closes while its announcement is only beginning', async () => {
    const { daemon } = await openNetworkHub('', { url: noDatabase })
    await daemon.close()
    expect(daemon.status().discovery.problem).toBeNull()
  })
})
