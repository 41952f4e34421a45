import { createHmac, createSecretKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { keysOfJwks, publicKeyOfPem, secretKey } from '../../../src/access/jwt/verification-key.ts'
import {
  ecPair,
  fixedKeys,
  goodClaims,
  nowSeconds,
  outcome,
  part,
  rsaPair,
  sign,
  verifierOf,
} from './open-verifier.ts'

const rsa = rsaPair()
const attacker = rsaPair()
const rsaKeys = fixedKeys(publicKeyOfPem('issuer.pem', rsa.publicPem))
const verify = verifierOf(rsaKeys)
const secret = 'a secret that is long enough for every hash there is: 64 bytes!!'
const verifyBySecret = verifierOf(fixedKeys(secretKey('secret', secret)))

test('a good token says who somebody is', async () => {
  const token = await sign(rsa.privateKey, { alg: 'RS256' })
  expect(await verify(token)).toEqual({
    user: 'amira',
    roles: ['clerk', 'driver'],
    tenant: 'garage',
    claims: goodClaims,
    expiresAt: (nowSeconds + 3_600 + 30) * 1_000,
    credential: 'jwt:token-1',
  })
})

describe('algorithms', () => {
  test.each(['none', 'None', 'NONE', 'nOnE', ''])('`alg: %s` is refused', async alg => {
    const unsigned = `${part({ alg })}.${part(goodClaims)}.`
    expect(await outcome(verify(unsigned))).toContain('RTB_AUTH_INVALID')
    expect(await outcome(verifyBySecret(unsigned))).toContain('RTB_AUTH_INVALID')
  })

  test('a token without `alg`, or with one that is no text, is refused', async () => {
    for (const header of [{}, { alg: null }, { alg: ['RS256'] }, { alg: { toString: 'RS256' } }]) {
      expect(await outcome(verify(`${part(header)}.${part(goodClaims)}.AA`))).toContain('RTB_AUTH_INVALID')
    }
  })

  test('the public key does not do as a secret', async () => {
    for (const pem of [rsa.publicPem, rsa.publicPem.trim()]) {
      const input = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(goodClaims)}`
      const signature = createHmac('sha256', pem).update(input).digest('base64url')
      expect(await outcome(verify(`${input}.${signature}`))).toBe(
        'RTB_AUTH_INVALID: no configured key is for its `kid` and HS256',
      )
    }
  })

  test('a JWKS makes no secret of its public keys, nor takes the ones it holds', async () => {
    const jwk = { kty: 'oct', kid: 'a', k: Buffer.from(secret).toString('base64url') }
    const { n, e, kty } = rsa.privateKey.export({ format: 'jwk' })
    const keys = keysOfJwks('set', JSON.stringify({ keys: [jwk, { kty, n, e, kid: 'a', alg: 'RS256' }] }))
    const token = await sign(createSecretKey(Buffer.from(secret)), { alg: 'HS256', kid: 'a' })
    expect(keys).toHaveLength(1)
    expect(await outcome(verifierOf(fixedKeys(...keys))(token))).toContain('RTB_AUTH_INVALID')
  })

  test('what the key could do and the configuration does not name is refused', async () => {
    const token = await sign(rsa.privateKey, { alg: 'RS512' })
    expect(await outcome(verify(token))).toBe('accepted')
    const strict = verifierOf(rsaKeys, { algorithms: ['RS256'] })
    expect(await outcome(strict(token))).toBe('RTB_AUTH_INVALID: its `alg` is not an allowed one')
  })

  test('an elliptic curve is good for its own algorithm only', async () => {
    const { privateKey } = ecPair('P-256')
    const { publicPem } = ecPair('P-384')
    const token = await sign(privateKey, { alg: 'ES256' })
    const check = verifierOf(fixedKeys(publicKeyOfPem('p384.pem', publicPem)))
    expect(await outcome(check(token))).toContain('no configured key is for its `kid` and ES256')
  })

  test('EdDSA is accepted under both of its names', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const check = verifierOf(fixedKeys(publicKeyOfPem('ed.pem', pem)))
    for (const alg of ['EdDSA', 'Ed25519']) {
      expect(await outcome(check(await sign(privateKey, { alg })))).toBe('accepted')
    }
  })
})

describe('keys', () => {
  const { n, e, kty } = attacker.privateKey.export({ format: 'jwk' })

  test.each([
    ['jwk', { jwk: { kty, n, e } }],
    ['jku', { jku: 'https://attacker.test/keys' }],
    ['x5u', { x5u: 'https://attacker.test/cert' }],
    ['x5c', { x5c: ['MIIB'] }],
  ])('a key that comes with the token (%s) is not used', async (_name, header) => {
    const token = await sign(attacker.privateKey, { alg: 'RS256', ...header } as never)
    expect(await outcome(verify(token))).toMatch(/^RTB_AUTH_INVALID/)
  })

  test('`jku` and `jwk` of a good token are not looked at', async () => {
    const header = { alg: 'RS256', jku: 'http://127.0.0.1:1/', jwk: { kty, n, e } } as never
    expect(await outcome(verify(await sign(rsa.privateKey, header)))).toBe('accepted')
  })

  test.each([
    '../../etc/passwd',
    "x' UNION SELECT 'k",
    '__proto__',
    'constructor',
    'http://attacker.test',
    '',
  ])('`kid: %s` chooses nothing that is not configured', async kid => {
    const jwk = rsa.privateKey.export({ format: 'jwk' })
    const set = keysOfJwks('set', JSON.stringify({ keys: [{ ...jwk, kid: 'ours' }] }))
    const check = verifierOf(fixedKeys(...set))
    const token = await sign(rsa.privateKey, { alg: 'RS256', kid })
    expect(await outcome(check(token))).toBe('RTB_AUTH_INVALID: no configured key is for its `kid` and RS256')
    expect(await outcome(check(await sign(rsa.privateKey, { alg: 'RS256', kid: 'ours' })))).toBe('accepted')
  })

  test('a `kid` that is no text is refused', async () => {
    const token = `${part({ alg: 'RS256', kid: { a: 1 } })}.${part(goodClaims)}.AA`
    expect(await outcome(verify(token))).toBe('RTB_AUTH_INVALID: its `kid` is no text')
  })

  test('a token that names no key is tried with those that suit it', async () => {
    const keys = [attacker, rsa].map(({ publicPem }, index) => ({
      ...publicKeyOfPem('pem', publicPem),
      id: `key ${index}`,
    }))
    expect(await outcome(verifierOf(fixedKeys(...keys))(await sign(rsa.privateKey, { alg: 'RS256' })))).toBe(
      'accepted',
    )
  })

  test('keys that are too short, private, or for encryption are refused', () => {
    expect(() => publicKeyOfPem('short.pem', rsaPair(1_024).publicPem)).toThrow('of 1024 bits')
    const pem = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    expect(() => publicKeyOfPem('private.pem', pem)).toThrow('it is a private key')
    expect(() => secretKey('auth.jwt.secret', 'x'.repeat(31))).toThrow('this one 31')
    const jwk = { ...rsa.privateKey.export({ format: 'jwk' }), use: 'enc' }
    expect(() => keysOfJwks('set', JSON.stringify({ keys: [jwk] }))).toThrow('no public key')
    expect(() => keysOfJwks('set', '{"keys": {}}')).toThrow(/RTB|it is no JWKS/)
  })
})

describe('claims', () => {
  test.each([
    ['no `exp`', { exp: undefined }, 'RTB_AUTH_INVALID: its claim `exp` is missing'],
    ['an `exp` of text', { exp: '9999999999' }, 'RTB_AUTH_INVALID: its claim `exp` is not what is asked for'],
    ['an `exp` that is over', { exp: nowSeconds - 31 }, 'RTB_AUTH_EXPIRED: it has expired (`exp`)'],
    ['an `exp` within the tolerance', { exp: nowSeconds - 29 }, 'accepted'],
    [
      'an `nbf` to come',
      { nbf: nowSeconds + 31 },
      'RTB_AUTH_INVALID: its claim `nbf` is not what is asked for',
    ],
    ['an `nbf` within the tolerance', { nbf: nowSeconds + 29 }, 'accepted'],
    ['an `iat` to come', { iat: nowSeconds + 31 }, 'RTB_AUTH_INVALID: its claim `iat` is in the future'],
    [
      'another issuer',
      { iss: 'https://issuer.test.evil' },
      'RTB_AUTH_INVALID: its claim `iss` is not what is asked for',
    ],
    ['no issuer', { iss: undefined }, 'RTB_AUTH_INVALID: its claim `iss` is missing'],
    ['another audience', { aud: 'payroll' }, 'RTB_AUTH_INVALID: its claim `aud` is not what is asked for'],
    [
      'a list of other audiences',
      { aud: ['payroll', 'RTBRIDGE'] },
      'RTB_AUTH_INVALID: its claim `aud` is not what is asked for',
    ],
    ['ours among the audiences', { aud: ['payroll', 'rtbridge'] }, 'accepted'],
    ['no audience', { aud: undefined }, 'RTB_AUTH_INVALID: its claim `aud` is missing'],
    ['no user', { sub: undefined }, 'RTB_AUTH_INVALID: there is no claim sub for the user'],
  ])('a token with %s', async (_name, change, expected) => {
    const token = await sign(rsa.privateKey, { alg: 'RS256' }, { ...goodClaims, ...change } as never)
    expect(await outcome(verify(token))).toBe(expected)
  })

  test('a token without `exp` is good only where that is allowed', async () => {
    const { exp: _, ...claims } = goodClaims
    const token = await sign(rsa.privateKey, { alg: 'RS256' }, claims)
    const lenient = verifierOf(rsaKeys, { allowNoExpiry: true })
    expect(await lenient(token)).toMatchObject({ user: 'amira', expiresAt: null })
  })

  test('what has expired and is signed by somebody else is not called expired', async () => {
    const token = await sign(attacker.privateKey, { alg: 'RS256' }, { ...goodClaims, exp: 1 })
    expect(await outcome(verify(token))).toContain('RTB_AUTH_INVALID')
  })
})

describe('shapes', () => {
  test('a token of 100 KB is refused before anything of it is read', async () => {
    const token = await sign(
      rsa.privateKey,
      { alg: 'RS256' },
      { ...goodClaims, padding: 'x'.repeat(100_000) },
    )
    expect(await outcome(verify(token))).toBe('RTB_AUTH_INVALID: it is longer than 8192 characters')
  })

  test('every `crit` is refused, known or not', async () => {
    for (const crit of [['b64'], ['exp'], [], 'x']) {
      const token = `${part({ alg: 'RS256', crit, b64: true })}.${part(goodClaims)}.AA`
      expect(await outcome(verify(token))).toBe('RTB_AUTH_INVALID: it has a `crit` header')
    }
  })

  test.each([
    'x',
    '..',
    'a.b',
    'a.b.c.d.e',
    `${part({ alg: 'RS256' })}..`,
    `${Buffer.from('[]').toString('base64url')}.e30.AA`,
    `${Buffer.from('null').toString('base64url')}.e30.AA`,
    '\u0000.\u0000.\u0000',
  ])('%j is no token', async text => {
    expect(await outcome(verify(text))).toMatch(/^RTB_AUTH_INVALID/)
  })

  test('no reason holds a word of the token', async () => {
    const canary = 'canary-secret-word'
    const header = { alg: 'RS256', kid: canary, typ: canary }
    const claims = { ...goodClaims, sub: canary, iss: canary, roles: canary }
    const tokens = [
      await sign(rsa.privateKey, header, claims),
      await sign(attacker.privateKey, header, claims),
      `${part({ alg: canary })}.${part(claims)}.AA`,
      `${part(header)}.${Buffer.from(canary).toString('base64url')}.AA`,
    ]
    for (const token of tokens) expect(await outcome(verify(token))).not.toContain(canary)
  })
})
