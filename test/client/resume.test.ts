import { describe, expect, test } from 'vitest'
import type { ClientEvent } from '../../src/client/client-event.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { openCoreClient } from '../support/open-core-client.ts'
import { addressOf, openTcpFaultProxy } from '../support/tcp-fault-proxy.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

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
})
