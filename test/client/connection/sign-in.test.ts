import { describe, expect, test } from 'vitest'
import { openCoreClient } from '../../support/open-core-client.ts'
import { openTestServer } from '../../support/open-test-server.ts'
import { TokenTable } from '../../support/token-table.ts'
import { waitFor } from '../../support/wait-for.ts'

async function openGuarded() {
  const tokens = new TokenTable()
  const opened = await openTestServer({ authenticator: tokens })
  return { ...opened, tokens, ws: `ws://127.0.0.1:${opened.server.port}/` }
}

describe('a client with getToken', () => {
  test('asks for a token before every attempt, and never puts it into the URL', async () => {
    const { tokens, ws, hub } = await openGuarded()
    tokens.add('one', { user: 'ann' }).add('two', { user: 'ann' })
    const given = ['one', 'two']
    let asked = 0
    const { client, states } = openCoreClient({
      url: ws,
      getToken: () => Promise.resolve(given[asked++] ?? null),
    })
    await client.connect()
    expect(asked).toBe(1)
    expect(client.status.url).toBe(ws)
    tokens.revoke('one')
    await waitFor(() => states.includes('retrying RTB_CLIENT_REFUSED'))
    await waitFor(() => client.status.state === 'online')
    expect(asked).toBe(2)
    expect(hub.stats().connections).toBe(1)
  })

  test('renews the sign-in before it expires, on the same connection', async () => {
    const { tokens, ws, clock } = await openGuarded()
    tokens.add('short', { user: 'ann', expiresAt: clock.now() + 2_000 })
    tokens.add('long', { user: 'ann', expiresAt: clock.now() + 3_600_000 })
    let asked = 0
    const { client, states } = openCoreClient({ url: ws, getToken: () => (asked++ === 0 ? 'short' : 'long') })
    await client.connect()
    await waitFor(() => asked === 2)
    // The hub answers in the order in which it was asked.
    await client.signal('AFTER')
    clock.advance(10_000)
    await client.signal('STILL_HERE')
    expect(states).toEqual(['connecting wanted', 'online registered'])
  })

  test('reconnects when the renewed token is somebody else’s', async () => {
    const { tokens, ws, clock } = await openGuarded()
    tokens.add('ann', { user: 'ann', expiresAt: clock.now() + 2_000 })
    tokens.add('bob', { user: 'bob', expiresAt: clock.now() + 3_600_000 })
    let asked = 0
    const { client, states } = openCoreClient({ url: ws, getToken: () => (asked++ === 0 ? 'ann' : 'bob') })
    await client.connect()
    await waitFor(() => states.includes('retrying RTB_AUTH_OTHER'))
    await waitFor(() => client.status.state === 'online')
  })

  test('tries one fresh token after a refusal, and is closed with the error after another', async () => {
    const { ws } = await openGuarded()
    let asked = 0
    const { client, states } = openCoreClient({ url: ws, getToken: () => `wrong ${asked++}` })
    const subscription = client.on('INSERT', () => {})
    await expect(client.connect()).rejects.toMatchObject({ code: 'RTB_AUTH_REQUIRED' })
    expect(asked).toBe(2)
    expect(states.at(-1)).toBe('closed RTB_AUTH_REQUIRED')
    expect(client.status.error?.hint).not.toBe('')
    expect(subscription.error?.code).toBe('RTB_AUTH_REQUIRED')
  })

  test('tries again when getToken itself fails, with its cause', async () => {
    const { tokens, ws } = await openGuarded()
    tokens.add('good', { user: 'ann' })
    let asked = 0
    const { client, states } = openCoreClient({
      url: ws,
      getToken: () => (asked++ === 0 ? Promise.reject(new Error('no login server')) : 'good'),
    })
    const causes: unknown[] = []
    client.onStatus(({ error }) => void (error && causes.push(error.cause)))
    await client.connect()
    expect(states).toContain('retrying RTB_CLIENT_TOKEN')
    expect(causes).toMatchObject([{ message: 'no login server' }])
  })
})

test('a client without getToken is closed by a hub that wants one', async () => {
  const { ws } = await openGuarded()
  const { client } = openCoreClient({ url: ws })
  await expect(client.connect()).rejects.toMatchObject({ code: 'RTB_AUTH_REQUIRED' })
})
