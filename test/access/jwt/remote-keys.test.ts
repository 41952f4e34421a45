import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { RemoteKeys, type RemoteKeysOptions } from '../../../src/access/jwt/remote-keys.ts'
import { waitFor } from '../../support/wait-for.ts'
import { ecPair, outcome, sign, verifierOf } from './open-verifier.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const old = ecPair()
const renewed = ecPair()
const set = (...keys: readonly (readonly [string, typeof old])[]): Answer => {
  const jwks = keys.map(([kid, { privateKey }]) => {
    const { d: _, ...jwk } = privateKey.export({ format: 'jwk' })
    return { ...jwk, kid, use: 'sig' }
  })
  return (_request, response) => response.end(JSON.stringify({ keys: jwks }))
}
const fail: Answer = (_request, response) => response.writeHead(503).end()

/** Sends whoever asks to other keys. */
const redirect: Answer = (request, response) => {
  if (request.url === '/elsewhere') set(['b', renewed])(request, response)
  else response.writeHead(302, { location: '/elsewhere' }).end()
}

/** The issuer's server, and the keys as a hub has them. */
async function open(answer: Answer, options: Partial<RemoteKeysOptions> = {}) {
  const issuer = { answer, requests: 0 }
  const server = createServer((request, response) => {
    issuer.requests++
    issuer.answer(request, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  const { port } = server.address() as { port: number }
  const world = { now: 0, errors: [] as unknown[] }
  const keys = new RemoteKeys({
    url: `http://127.0.0.1:${port}/keys`,
    now: () => world.now,
    onError: error => world.errors.push(error),
    ...options,
  })
  onTestFinished(() => keys.close())
  const verify = verifierOf(keys)
  const send = async (pair: typeof old, kid: string) =>
    outcome(verify(await sign(pair.privateKey, { alg: 'ES256', kid })))
  return { issuer, world, keys, send }
}

describe('the keys of an URL', () => {
  test('are fetched once for many tokens', async () => {
    const { issuer, send } = await open(set(['a', old]))
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => send(old, 'a')))
    expect(new Set(outcomes)).toEqual(new Set(['accepted']))
    expect(issuer.requests).toBe(1)
  })

  test('are fetched again for a key that is new', async () => {
    const { issuer, world, send } = await open(set(['a', old]))
    await send(old, 'a')
    issuer.answer = set(['a', old], ['b', renewed])
    world.now = 30_000
    expect(await send(renewed, 'b')).toBe('accepted')
  })

  test('are not fetched for every invented key', async () => {
    const { issuer, world, send } = await open(set(['a', old]))
    for (let i = 0; i < 10; i++) {
      expect(await send(old, `invented ${i}`)).toContain('RTB_AUTH_INVALID')
    }
    expect(issuer.requests).toBe(1)
    world.now = 30_000
    for (let i = 0; i < 10; i++) await send(old, `invented ${i}`)
    expect(issuer.requests).toBe(2)
  })

  test('that the issuer takes away are gone after ten minutes', async () => {
    const { issuer, world, send } = await open(set(['a', old]))
    await send(old, 'a')
    issuer.answer = set(['b', renewed])
    world.now = 600_001
    await send(old, 'a')
    await waitFor(() => issuer.requests === 2)
    await waitFor(async () => (await send(old, 'a')).includes('RTB_AUTH_INVALID'))
    expect(await send(renewed, 'b')).toBe('accepted')
  })

  test('stay good while the URL is away, and it is not asked without a pause', async () => {
    const { issuer, world, send } = await open(set(['a', old]))
    await send(old, 'a')
    issuer.answer = fail
    world.now = 3_600_000
    for (let i = 0; i < 10; i++) expect(await send(old, 'a')).toBe('accepted')
    await waitFor(() => world.errors.length > 0)
    for (let i = 0; i < 10; i++) expect(await send(old, 'a')).toBe('accepted')
    expect(issuer.requests).toBe(2)
  })

  test('that never came leave tokens unjudged, until they do', async () => {
    const { issuer, world, send } = await open(fail)
    expect(await send(old, 'a')).toContain('RTB_AUTH_UNAVAILABLE')
    issuer.answer = set(['a', old])
    world.now = 1_000
    expect(await send(old, 'a')).toBe('accepted')
  })
})

describe('an URL that misbehaves', () => {
  test.each<[string, Answer, string]>([
    ['redirects', redirect, 'fetch failed'],
    ['says no', fail, 'status 503'],
    ['sends something else', (_q, response) => response.end('<html>'), 'it is not JSON'],
    ['sends no keys', (_q, response) => response.end('{"keys": []}'), 'no public key'],
    [
      'sends without end',
      (_q, response) => void response.write('x'.repeat(300_000)),
      'more than 262144 bytes',
    ],
  ])('that %s changes no key, and the trouble is told', async (_name, answer, problem) => {
    const { issuer, world, send } = await open(set(['a', old]))
    await send(old, 'a')
    issuer.answer = answer
    world.now = 30_000
    expect(await send(renewed, 'b')).toContain('RTB_AUTH_INVALID')
    expect(world.errors.map(String).join()).toContain(problem)
    expect(await send(old, 'a')).toBe('accepted')
  })

  test('that never answers is given up', async () => {
    const { send, world } = await open(() => {}, { timeoutMs: 50 })
    expect(await send(old, 'a')).toContain('RTB_AUTH_UNAVAILABLE')
    expect(String(world.errors[0])).toContain('timeout')
  })

  test('is let go when the hub closes', async () => {
    const { send, keys, issuer, world } = await open(() => {})
    const waiting = send(old, 'a')
    await waitFor(() => issuer.requests === 1)
    keys.close()
    expect(await waiting).toContain('RTB_AUTH_UNAVAILABLE')
    expect(world.errors).toEqual([])
  })
})
