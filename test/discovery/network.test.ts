import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { discoverHubs } from '../../src/discovery/index.ts'
import { runCli } from '../cli/run-cli.ts'
import { describeInNetworkNamespace, namespaceAddress } from '../support/describe-in-network-namespace.ts'
import { waitFor } from '../support/wait-for.ts'
import { discoverUntil, failToDiscover } from './discover-until.ts'
import { openNetworkHub, openStranger, openWatch } from './network-hub.ts'

const service = '_rtbridge._tcp.local'

/** The records of an announcement that a stranger makes up. */
function announcement(
  name: string,
  changes: {
    port?: number
    target?: string
    text?: (string | Buffer)[]
    ttl?: number
    address?: string
  } = {},
) {
  const { port = 9, target = 'evil.local', text = ['v=1'], ttl = 120, address = '10.77.0.9' } = changes
  const instance = `${name}.${service}`
  return [
    { name: service, type: 'PTR', ttl, data: instance },
    { name: instance, type: 'SRV', ttl, data: { port, target } },
    { name: instance, type: 'TXT', ttl, data: text },
    { name: target, type: 'A', ttl, data: address },
  ]
}

const ip = (...args: readonly string[]) => execFileSync('ip', args)

describeInNetworkNamespace('who looks for hubs', import.meta.url, () => {
  test('keeps a bounded number of hubs, whatever is announced, and works on', async () => {
    const watch = openWatch()
    const stranger = await openStranger()
    for (let i = 0; i < 300; i++) {
      await stranger.say(announcement(`evil-${i}`))
      await stranger.send(randomBytes(1 + (i % 1_400)))
    }
    await stranger.say(announcement('big', { text: Array(300).fill(Buffer.alloc(200, 'x')) }))
    await stranger.say(
      announcement('__proto__', { target: 'constructor', text: ['__proto__=1', 'toString=2'] }),
    )
    await waitFor(() => watch.hubs.length >= 30)
    expect(watch.hubs.length).toBeLessThanOrEqual(32)
    expect(watch.errors).toEqual([])
  })

  test('makes no URL of what is no address, and shows no control characters', async () => {
    const stranger = await openStranger()
    const watch = openWatch()
    await stranger.say(announcement('loopback', { address: '127.0.0.1' }))
    await stranger.say(announcement('odd', { target: 'a b"@evil.org/#', text: ['path=//evil.org', 'tls=2'] }))
    await stranger.say(announcement('zero', { port: 0 }))
    await stranger.say(announcement('\u001b[31mred\n'))
    await stranger.say(announcement('turned\u202e'))
    await stranger.say(announcement('arabic\u061c', { address: '8.8.8.8' }))
    await stranger.say(announcement('last'))
    await waitFor(() => watch.hubs.some(({ name }) => name === 'last'))
    expect(watch.hubs.map(({ name, url, host }) => ({ name, url, host }))).toEqual([
      { name: 'arabic\u061c', url: `ws://${namespaceAddress}:9/`, host: 'evil.local' },
      { name: 'last', url: 'ws://10.77.0.9:9/', host: 'evil.local' },
      { name: 'loopback', url: `ws://${namespaceAddress}:9/`, host: 'evil.local' },
      { name: 'odd', url: 'ws://10.77.0.9:9/', host: null },
      { name: 'turned\u202e', url: 'ws://10.77.0.9:9/', host: 'evil.local' },
    ])
    const { stdout } = await runCli(['discover', '--timeout', '300ms'])
    expect(stdout).not.toMatch(/[\u202e\u061c]/)
    expect(stdout).not.toContain('8.8.8.8')
  })

  test('forgets a hub whose time has ended, and one that says goodbye', async () => {
    const stranger = await openStranger()
    const watch = openWatch()
    await stranger.say(announcement('short', { ttl: 1 }))
    await stranger.say(announcement('long'))
    await waitFor(() => watch.hubs.length === 2)
    await waitFor(() => watch.hubs.length === 1)
    expect(watch.hubs[0]?.name).toBe('long')
    await stranger.say(announcement('long', { ttl: 0 }))
    await waitFor(() => watch.hubs.length === 0)
  })

  test('lists a hub once that Avahi announces, too', async () => {
    const { daemon } = await openNetworkHub()
    const stranger = await openStranger()
    const watch = openWatch()
    await stranger.say(announcement('by-avahi', { port: daemon.port, address: namespaceAddress }))
    await stranger.say(announcement('other'))
    await waitFor(() => watch.hubs.length === 2)
    expect(watch.hubs.map(({ hubId }) => hubId).sort()).toEqual([daemon.hubId, null].sort())
  })

  test('can stop at once by a signal', async () => {
    const looking = discoverHubs({ timeoutMs: 60_000, signal: AbortSignal.timeout(20) })
    await expect(looking).rejects.toMatchObject({ name: 'TimeoutError' })
    const before = AbortSignal.abort(new Error('no more'))
    await expect(discoverHubs({ signal: before })).rejects.toThrow('no more')
  })

  test('gets lists from `rtbridge discover`, for people and for programs', async () => {
    const { daemon } = await openNetworkHub()
    const url = `ws://${namespaceAddress}:${daemon.port}/`
    // On a busy machine the first time may be too short.
    const found = (...more: string[]) =>
      waitFor(async () => {
        const result = await runCli(['discover', '--timeout', '500ms', ...more])
        return result.code === 0 && result
      })
    const text = await found()
    expect(text.stderr).toBe('')
    expect(text.stdout).toContain(`database not known (yet)\n  ${url}\n`)
    expect(text.stdout).toContain(daemon.hubId)
    const json = await found('--json')
    expect(JSON.parse(json.stdout)).toMatchObject({
      version: 1,
      timeout_ms: 500,
      hubs: [{ url, hub_id: daemon.hubId, incarnation: null, tls: false, fingerprint: null }],
    })
  })

  test('is told by `rtbridge discover` that there is none, and why that may be', async () => {
    const { code, stdout, stderr } = await runCli(['discover', '--timeout', '200ms', '--json'])
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toEqual({ version: 1, timeout_ms: 200, hubs: [] })
    expect(stderr).toContain('no hub answered within 0.2 s')
    expect(stderr).toContain('VLAN')
  })

  test('is told when there is no network, and hears of the hub when there is one again', async () => {
    const { daemon, log } = await openNetworkHub()
    const watch = openWatch()
    await waitFor(() => watch.hubs.length === 1)
    ip('addr', 'flush', 'dev', 'office')
    try {
      await waitFor(() => daemon.status().discovery.problem?.code === 'RTB_DISCOVERY_NETWORK')
      expect(await failToDiscover()).toBe('RTB_DISCOVERY_NETWORK')
      await waitFor(() => watch.errors.length === 1)
    } finally {
      ip('addr', 'add', `${namespaceAddress}/24`, 'dev', 'office')
    }
    await waitFor(() => daemon.status().discovery.mdns === 'announced')
    const [found] = await discoverUntil(1)
    expect(found?.hubId).toBe(daemon.hubId)
    expect(log.filter(line => line.includes('RTB_DISCOVERY_'))).toHaveLength(1)
  })

  test('is told when the system lets nobody into the group', async () => {
    const limit = '/proc/sys/net/ipv4/igmp_max_memberships'
    const usual = readFileSync(limit, 'utf8')
    writeFileSync(limit, '0')
    try {
      const { daemon } = await openNetworkHub()
      await waitFor(() => daemon.status().discovery.problem?.code === 'RTB_DISCOVERY_FAILED')
      expect(await failToDiscover()).toBe('RTB_DISCOVERY_FAILED')
      await daemon.close()
    } finally {
      writeFileSync(limit, usual)
    }
  })
})
