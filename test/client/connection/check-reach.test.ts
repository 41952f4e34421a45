import { describe, expect, test } from 'vitest'
import type { PageLike, Platform } from '../../../src/client/platform/environment.ts'
import { openCoreClient } from '../../support/open-core-client.ts'
import { openTestServer } from '../../support/open-test-server.ts'
import { waitFor } from '../../support/wait-for.ts'

const pageAt = (href: string): PageLike => {
  const { protocol, hostname } = new URL(href)
  return { href, protocol, hostname }
}

async function firstError(url: string, platform: Platform) {
  const { client } = openCoreClient({ url, backoff: { minMs: 600_000, maxMs: 600_000 } }, { platform })
  client.on('ANY', () => {})
  return waitFor(() => client.status.error)
}

const permission = (state: string) => ({ permissions: { query: () => Promise.resolve({ state }) } })

describe('a page of https:', () => {
  test.each(['https://app.example/', 'https://tauri.localhost/'])(
    'at %s is told that it may not open ws:, before it tries, and what to do',
    async href => {
      const error = await firstError('ws://office-server:8765/', { location: pageAt(href) })
      expect(error.code).toBe('RTB_CLIENT_MIXED_CONTENT')
      expect(error.hint).toMatch(/wss:.*useHttpsScheme/)
    },
  )

  test('may open ws: to its own machine', async () => {
    const { server } = await openTestServer()
    const { client } = openCoreClient(
      { url: `ws://127.0.0.1:${server.port}/` },
      { platform: { location: pageAt('https://app.example/') } },
    )
    await client.connect()
  })

  test('that is public is told of the permission that it lacks', async () => {
    const location = pageAt('https://app.example/')
    const url = 'wss://192.168.1.20:1/'
    expect((await firstError(url, { location, navigator: permission('denied') })).code).toBe(
      'RTB_CLIENT_LOCAL_NETWORK',
    )
  })

  test('that may be kept from the local network is told so only when the attempt fails', async () => {
    const location = pageAt('https://app.example/')
    const url = 'wss://[::1]:1/'
    const codeWith = async (state: string) =>
      (await firstError(url, { location, navigator: permission(state) })).code
    expect(await codeWith('prompt')).toBe('RTB_CLIENT_LOCAL_NETWORK')
    expect(await codeWith('granted')).toBe('RTB_CLIENT_CONNECT_FAILED')
  })

  test('of the local network itself is not told of the permission', async () => {
    const location = pageAt('https://192.168.1.20/')
    const error = await firstError('wss://[::1]:1/', { location, navigator: permission('denied') })
    expect(error.code).toBe('RTB_CLIENT_CONNECT_FAILED')
  })
})

test('a page of http: opens ws: without more ado, by a relative URL, too', async () => {
  const { server } = await openTestServer()
  const { client } = openCoreClient(
    { url: '/ws' },
    { platform: { location: pageAt(`http://127.0.0.1:${server.port}/dashboard`) } },
  )
  await client.connect()
  expect(client.status.url).toBe(`ws://127.0.0.1:${server.port}/ws`)
})
