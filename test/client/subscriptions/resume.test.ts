import { describe, expect, test } from 'vitest'
import type { ClientEvent } from '../../../src/client/api/client-event.ts'
import { openTestDaemon } from '../../support/daemon-fixture.ts'
import { openCoreClient } from '../../support/open-core-client.ts'
import { addressOf, openTcpFaultProxy } from '../../support/tcp-fault-proxy.ts'
import { createTestDatabase } from '../../support/test-database.ts'
import { waitFor } from '../../support/wait-for.ts'

const database = await createTestDatabase()

async function publish(name: string, n: number): Promise<void> {
  await database.query(`SELECT rtbridge.publish('${name}', jsonb_build_object('n', ${n}))`)
}

const numberOf = ({ data }: ClientEvent) => (data as { n: number }).n

async function openBehindProxy() {
  const { url, daemon } = await openTestDaemon(database.url)
  const proxy = await openTcpFaultProxy(addressOf(url))
  return { proxy, daemon, url: `ws://127.0.0.1:${proxy.port}/` }
}

describe('a client', () => {
  test('hears what is published after it is ready', async () => {
    const { url } = await openTestDaemon(database.url)
    const { client, errors, states } = openCoreClient({ url })
    const heard: number[] = []
    const subscription = client.on('NOTE', event => void heard.push(numberOf(event)))
    expect(subscription.state).toBe('pending')
    await subscription.ready()
    await publish('NOTE', 1)
    await waitFor(() => heard.length === 1)
    // A hub that has just begun may say that it is still starting.
    expect(states.filter(state => state !== 'connecting starting')).toEqual([
      'connecting wanted',
      'online registered',
    ])
    expect(errors).toEqual([])
  })

  test('loses nothing and hears nothing twice, however often it is cut', async () => {
    const { proxy, url } = await openBehindProxy()
    const { client } = openCoreClient({ url })
    const heard: number[] = []
    await client.on('CUT', event => void heard.push(numberOf(event))).ready()
    for (let n = 0; n < 60; n++) {
      await publish('CUT', n)
      if (n % 10 === 5) proxy.reset()
    }
    await waitFor(() => heard.length >= 60)
    expect(heard).toEqual(Array.from({ length: 60 }, (_, n) => n))
  })

  test('loses nothing of any subscription while resets, silence and new subscriptions come at random', async () => {
    const { proxy, url } = await openBehindProxy()
    const { client } = openCoreClient({ url, probeTimeoutMs: 200, connectTimeoutMs: 500 })
    const seen = new Map<string, number[]>()
    const listen = (name: string, types: string[]) => {
      const heard: number[] = []
      seen.set(name, heard)
      return client.on(types, event => void heard.push(numberOf(event))).ready()
    }
    await Promise.all([listen('all', ['RANDOM_*']), listen('even', ['RANDOM_0'])])
    const total = 120
    for (let n = 0; n < total; n++) {
      await publish(`RANDOM_${n % 2}`, n)
      const dice = Math.random()
      if (dice < 0.08) proxy.reset()
      else if (dice < 0.12) {
        proxy.setMode({ kind: 'hold' })
        await publish('RANDOM_PAUSE', -1)
        proxy.setMode({ kind: 'pass' })
      } else if (dice < 0.16) client.on(`LATE_${n}`, () => {})
    }
    const numbers = (name: string) => (seen.get(name) ?? []).filter(n => n >= 0)
    await waitFor(() => numbers('all').length >= total && numbers('even').length >= total / 2)
    expect(numbers('all')).toEqual(Array.from({ length: total }, (_, n) => n))
    expect(numbers('even')).toEqual(Array.from({ length: total / 2 }, (_, n) => 2 * n))
  })
})
