import { describe, expect, test } from 'vitest'
import type { EventSourceLike } from '../../../src/client/platform/environment.ts'
import { checkpointAt, eventOf } from '../../hub/memory-history.ts'
import { openCoreClient } from '../../support/open-core-client.ts'
import { openTestServer } from '../../support/open-test-server.ts'
import { openTcpFaultProxy } from '../../support/tcp-fault-proxy.ts'
import { waitFor } from '../../support/wait-for.ts'

/** A hub behind a network that can be told to misbehave. */
async function openBehindProxy(heartbeatMs = 15_000) {
  const { hub, server } = await openTestServer({ heartbeatMs })
  const proxy = await openTcpFaultProxy({ host: '127.0.0.1', port: server.port })
  return { hub, proxy, url: `ws://127.0.0.1:${proxy.port}/` }
}

/** The part of a page that the client looks at. */
class FakePage implements EventSourceLike {
  visibilityState = 'visible'
  readonly listeners = new Map<string, Set<() => void>>()

  addEventListener(type: string, listener: () => void): void {
    this.listeners.set(type, (this.listeners.get(type) ?? new Set()).add(listener))
  }

  removeEventListener(type: string, listener: () => void): void {
    this.listeners.get(type)?.delete(listener)
  }

  fire(type: string): void {
    for (const listener of this.listeners.get(type) ?? []) listener()
  }

  get size(): number {
    return [...this.listeners.values()].reduce((sum, { size }) => sum + size, 0)
  }
}

function openOnPage(url: string) {
  const document = new FakePage()
  const window = new FakePage()
  const platform = {
    document,
    addEventListener: window.addEventListener.bind(window),
    removeEventListener: window.removeEventListener.bind(window),
  }
  return { document, window, ...openCoreClient({ url, probeTimeoutMs: 100 }, { platform }) }
}

describe('a connection that has died without a word', () => {
  test('is given up when nothing comes for the time of the heartbeat, and replaced without loss', async () => {
    const { hub, proxy, url } = await openBehindProxy(200)
    const { client, states } = openCoreClient({ url, probeTimeoutMs: 100 })
    const heard: (string | null)[] = []
    await client.on('INSERT', event => void heard.push(event.seq)).ready()
    hub.publish({ events: [eventOf(1, 1)], cursor: checkpointAt(1) })
    await waitFor(() => heard.length === 1)
    proxy.abandon()
    hub.publish({ events: [eventOf(2, 2)], cursor: checkpointAt(2) })
    await waitFor(() => states.includes('retrying RTB_CLIENT_SILENT'))
    await waitFor(() => heard.length === 2)
    expect(heard).toEqual(['1', '2'])
  })

  test('is found out after a sleep, which the clock shows', async () => {
    const { proxy, url } = await openBehindProxy()
    let slept = 0
    const { client, states } = openCoreClient({ url, probeTimeoutMs: 100 }, { now: () => Date.now() + slept })
    await client.connect()
    proxy.abandon()
    slept = 3_600_000
    await waitFor(() => states.includes('retrying RTB_CLIENT_SILENT'))
    await waitFor(() => client.status.state === 'online')
  })

  test('is found out when the page becomes visible, or the network comes back', async () => {
    const { proxy, url } = await openBehindProxy()
    const { client, states, document, window } = openOnPage(url)
    const losses = () => states.filter(state => state === 'retrying RTB_CLIENT_SILENT').length
    await client.connect()
    proxy.abandon()
    document.visibilityState = 'hidden'
    document.fire('visibilitychange')
    document.visibilityState = 'visible'
    document.fire('visibilitychange')
    await waitFor(() => losses() === 1)
    await waitFor(() => client.status.state === 'online')
    proxy.abandon()
    window.fire('online')
    await waitFor(() => losses() === 2)
  })

  test('that lives after all is kept', async () => {
    const { url } = await openBehindProxy(50)
    const { client, states, document } = openOnPage(url)
    await client.connect()
    let checkpoints = 0
    client.onCheckpoint(() => void checkpoints++)
    for (let i = 0; i < 5; i++) document.fire('visibilitychange')
    await new Promise(resolve => setTimeout(resolve, 300))
    expect(states).toEqual(['connecting wanted', 'online registered'])
  })
})

describe('an attempt', () => {
  test('that is not answered has failed after a time', async () => {
    const { proxy, url } = await openBehindProxy()
    proxy.setMode({ kind: 'blackhole' })
    const { client, states } = openCoreClient({ url, connectTimeoutMs: 100 })
    client.on('INSERT', () => {})
    await waitFor(() => states.includes('retrying RTB_CLIENT_CONNECT_TIMEOUT'))
    proxy.setMode({ kind: 'pass' })
    await waitFor(() => client.status.state === 'online')
  })

  test('waits longer from time to time, but not when there is a reason to look', async () => {
    const { proxy, url } = await openBehindProxy()
    const document = new FakePage()
    const { client, states } = openCoreClient(
      { url, backoff: { minMs: 600_000, maxMs: 600_000 } },
      { platform: { document }, random: () => 0.99 },
    )
    await client.connect()
    proxy.reset()
    await waitFor(() => client.status.state === 'retrying')
    document.fire('visibilitychange')
    await waitFor(() => client.status.state === 'online')
    expect(states.slice(-2)).toEqual(['connecting due', 'online registered'])
  })

  test('pauses a random part of what doubles up to the longest', async () => {
    const waits: number[] = []
    const { client } = openCoreClient(
      { url: 'ws://127.0.0.1:1/', backoff: { minMs: 100, maxMs: 1_000 }, connectTimeoutMs: 54_321 },
      {
        random: () => 0.5,
        setTimeout: (work, ms) => {
          if (ms > 0 && ms < 2_000) waits.push(ms)
          return setTimeout(work, Math.min(ms, 5))
        },
      },
    )
    client.on('INSERT', () => {})
    await waitFor(() => waits.length >= 6)
    await client.close()
    expect(waits.slice(0, 6)).toEqual([50, 100, 200, 400, 500, 500])
  })
})

test('a client that is closed leaves nothing behind on the page', async () => {
  const { url } = await openBehindProxy()
  const { client, document, window } = openOnPage(url)
  await client.connect()
  expect(document.size + window.size).toBe(3)
  await client.close()
  expect(document.size + window.size).toBe(0)
})
