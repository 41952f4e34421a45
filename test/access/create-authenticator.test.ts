import { createSecretKey } from 'node:crypto'
import { SignJWT } from 'jose'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createAuthenticator } from '../../src/access/create-authenticator.ts'
import { openIdentity } from '../../src/access/identity.ts'
import type { Refusal } from '../../src/access/refusal.ts'
import { RevocationList } from '../../src/access/revocation-list.ts'
import { createKey, hashKey } from '../../src/access/shared-keys.ts'
import type { AuthSettings, Revocation } from '../../src/domain/auth-settings.ts'
import { settings as jwtSettings, now } from './jwt/open-verifier.ts'

const key = createKey()
const secret = 'a secret that is long enough: 32'
const here = '192.0.2.1'
const base: AuthSettings = {
  mode: 'key',
  allowTokenInUrl: false,
  failedAttempts: 10,
  keys: [{ name: 'front-desk', user: 'front-desk', roles: ['clerk'], tenant: null, hash: hashKey(key) }],
  jwt: { ...jwtSettings, source: { kind: 'secret', secret } },
}

async function open(changes: Partial<AuthSettings> = {}, isLoaded = true) {
  const world: { revocations: Revocation[]; revision: number; uptime: number } = {
    revocations: [],
    revision: 1,
    uptime: 0,
  }
  const refused: Refusal[] = []
  const list = new RevocationList({
    read: async () => ({ revision: String(world.revision), revocations: world.revocations }),
    everyMs: 3_600_000,
    now: () => now,
    onError: () => {},
  })
  onTestFinished(() => list.close())
  if (isLoaded) await list.refresh()
  const authenticator = await createAuthenticator(
    { ...base, ...changes },
    {
      host: '127.0.0.1',
      revocations: list,
      now: () => now,
      uptime: () => world.uptime,
      onRefused: refusal => refused.push(refusal),
      onKeyTrouble: () => {},
      patienceMs: 5,
    },
  )
  onTestFinished(() => authenticator.close())
  return { authenticator, list, world, refused }
}

function jwt(claims: object = {}): Promise<string> {
  return new SignJWT({
    iss: 'https://issuer.test',
    aud: 'rtbridge',
    sub: 'amira',
    exp: now / 1_000 + 60,
    ...claims,
  })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(createSecretKey(Buffer.from(secret)))
}

describe('mode open', () => {
  test('lets everybody in as nobody', async () => {
    const { authenticator } = await open({ mode: 'open' })
    expect(authenticator).toMatchObject({ mode: 'open', isAssumed: false })
    expect(await authenticator.authenticate('whatever', here)).toBe(openIdentity)
  })

  test('is assumed where only this machine listens', async () => {
    const { authenticator } = await open({ mode: null })
    expect(authenticator).toMatchObject({ mode: 'open', isAssumed: true })
  })
})

describe('mode key', () => {
  test('knows the keys, and nothing else', async () => {
    const { authenticator } = await open()
    expect(await authenticator.authenticate(key, here)).toMatchObject({
      user: 'front-desk',
      roles: ['clerk'],
    })
    await expect(authenticator.authenticate(await jwt(), here)).rejects.toMatchObject({
      code: 'RTB_AUTH_INVALID',
    })
  })

  test('asks for a token when there is none', async () => {
    const { authenticator } = await open()
    await expect(authenticator.authenticate('', here)).rejects.toMatchObject({ code: 'RTB_AUTH_REQUIRED' })
  })
})

describe('mode jwt', () => {
  test('takes tokens and keys', async () => {
    const { authenticator } = await open({ mode: 'jwt' })
    expect(await authenticator.authenticate(await jwt(), here)).toMatchObject({ user: 'amira' })
    expect(await authenticator.authenticate(key, here)).toMatchObject({ user: 'front-desk' })
  })

  test('does not start with a secret that is too short', async () => {
    const source = { kind: 'secret', secret: 'base64:c2hvcnQ=' } as const
    await expect(open({ mode: 'jwt', jwt: { ...jwtSettings, source } })).rejects.toMatchObject({
      code: 'RTB_AUTH_KEY_UNUSABLE',
    })
  })

  test('does not start without its key file', async () => {
    const source = { kind: 'public_key_file', path: '/nowhere/key.pem' } as const
    await expect(open({ mode: 'jwt', jwt: { ...jwtSettings, source } })).rejects.toThrow('/nowhere/key.pem')
  })
})

describe('wrong tokens', () => {
  test('are refused without a look after ten of them, a right one too', async () => {
    const { authenticator, world } = await open()
    for (let i = 0; i < 10; i++) {
      await expect(authenticator.authenticate(`wrong ${i}`, here)).rejects.toMatchObject({
        code: 'RTB_AUTH_INVALID',
      })
    }
    await expect(authenticator.authenticate(key, here)).rejects.toMatchObject({ code: 'RTB_AUTH_ATTEMPTS' })
    expect(await authenticator.authenticate(key, '192.0.2.2')).toMatchObject({ user: 'front-desk' })
    world.uptime += 60_000
    expect(await authenticator.authenticate(key, here)).toMatchObject({ user: 'front-desk' })
  })

  test('are looked at as often as the configuration says', async () => {
    const { authenticator } = await open({ failedAttempts: 3 })
    const answers: string[] = []
    for (let i = 0; i < 20; i++) {
      await authenticator.authenticate(`wrong ${i}`, here).catch(error => answers.push(error.code))
    }
    expect(answers.filter(code => code === 'RTB_AUTH_INVALID')).toHaveLength(3)
  })

  test('that were good once do not count', async () => {
    const { authenticator, world, list } = await open({ mode: 'jwt' })
    world.revocations = [{ kind: 'jti', subject: 'gone', revokedAt: now, expiresAt: null }]
    world.revision++
    await list.refresh()
    const [expired, revoked] = [await jwt({ exp: 1 }), await jwt({ jti: 'gone' })]
    for (let i = 0; i < 10; i++) {
      await expect(authenticator.authenticate(expired, here)).rejects.toMatchObject({
        code: 'RTB_AUTH_EXPIRED',
      })
      await expect(authenticator.authenticate(revoked, here)).rejects.toMatchObject({
        code: 'RTB_AUTH_REVOKED',
      })
    }
    expect(await authenticator.authenticate(key, here)).toMatchObject({ user: 'front-desk' })
  })

  test('are told with code, reason and address, and never with the token', async () => {
    const { authenticator, refused } = await open()
    const message = await authenticator
      .authenticate('canary-token', here)
      .catch(error => `${error} ${error.hint}`)
    expect(refused).toEqual([
      { code: 'RTB_AUTH_INVALID', reason: 'no configured key has its hash', address: here },
    ])
    expect(`${message}${JSON.stringify(refused)}`).not.toContain('canary-token')
    expect(message).not.toContain('hash')
  })

  test('of a megabyte are refused as such', async () => {
    const { authenticator, refused } = await open()
    await expect(authenticator.authenticate('x'.repeat(1_000_000), here)).rejects.toMatchObject({
      code: 'RTB_AUTH_INVALID',
    })
    expect(refused[0]?.reason).toBe('it is longer than 8192 characters')
  })
})

describe('what is revoked', () => {
  test('is refused, and told to those who hold it', async () => {
    const { authenticator, world, list } = await open()
    const identity = await authenticator.authenticate(key, here)
    let told = 0
    const stop = authenticator.onRevoked(() => told++)
    world.revocations = [{ kind: 'key', subject: 'front-desk', revokedAt: now, expiresAt: null }]
    world.revision++
    await list.refresh()
    stop()
    expect(told).toBe(1)
    expect(authenticator.isRevoked(identity)).toBe(true)
    await expect(authenticator.authenticate(key, here)).rejects.toMatchObject({ code: 'RTB_AUTH_REVOKED' })
  })

  test('has to be known before anybody comes in', async () => {
    const { authenticator, list } = await open({}, false)
    await expect(authenticator.authenticate(key, here)).rejects.toMatchObject({
      code: 'RTB_AUTH_UNAVAILABLE',
    })
    await list.refresh()
    expect(await authenticator.authenticate(key, here)).toMatchObject({ user: 'front-desk' })
  })
})
