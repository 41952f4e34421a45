import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load-config.ts'
import { redactConfig } from '../../src/config/redact.ts'
import { RtbridgeError } from '../../src/domain/errors/registry.ts'

const hash = `sha256:${'ab'.repeat(32)}`
const otherHash = `sha256:${'cd'.repeat(32)}`

function load(text: string, env: Record<string, string> = {}) {
  const readFile = () => new TextEncoder().encode(text)
  return loadConfig({ env, flags: { config: '/etc/rtbridge/rtbridge.yaml' }, cwd: '/', readFile })
}

function problemOf(text: string, env?: Record<string, string>): string {
  try {
    load(text, env)
    return ''
  } catch (error) {
    return error instanceof RtbridgeError ? error.message : String(error)
  }
}

const jwt = (fields: string) => `auth:\n  mode: jwt\n  jwt:\n    issuer: i\n    audience: a\n    ${fields}\n`

describe('auth', () => {
  test('without it nothing is decided', () => {
    expect(load('').config.auth).toEqual({
      mode: null,
      allowTokenInUrl: false,
      failedAttempts: 10,
      keys: [],
      jwt: null,
    })
  })

  test('keys have roles, and stand for their name unless something else is written', () => {
    const keys = `[{ name: desk, roles: clerk, hash: "${hash}" }, { name: tv, user: lobby, tenant: t, hash: "${otherHash}" }]`
    expect(load(`auth: { mode: key, keys: ${keys} }`).config.auth.keys).toEqual([
      { name: 'desk', user: 'desk', roles: ['clerk'], tenant: null, hash },
      { name: 'tv', user: 'lobby', roles: [], tenant: 't', hash: otherHash },
    ])
  })

  test('of JSON Web Tokens says where keys are, from the folder of the file', () => {
    const text = jwt(
      'public_key_file: keys/issuer.pem\n    claims: { roles: realm_access.roles, tenant: tid }',
    )
    expect(load(text).config.auth.jwt).toEqual({
      source: { kind: 'public_key_file', path: '/etc/rtbridge/keys/issuer.pem' },
      algorithms: null,
      issuers: ['i'],
      audiences: ['a'],
      allowNoExpiry: false,
      clockToleranceMs: 30_000,
      claims: { user: 'sub', roles: 'realm_access.roles', tenant: 'tid' },
    })
  })

  test('can be decided by a variable', () => {
    expect(load('', { RTBRIDGE_AUTH_MODE: 'open' }).config.auth.mode).toBe('open')
    expect(problemOf('', { RTBRIDGE_AUTH_MODE: 'key' })).toContain('auth.keys has none')
  })
})

describe('mistakes are told with their place', () => {
  test.each([
    ['auth: { mode: keys }', /^.*yaml:1:15: auth\.mode: found "keys", expected one of open, key, jwt/],
    ['auth: { mod: key }', /yaml:1:9: unknown key "mod" in auth; did you mean "mode"\?/],
    ['auth: { mode: key }', /yaml:1:9: auth\.mode is key, and auth\.keys has none/],
    [`auth: { keys: [{ name: a, hash: "${hash}" }] }`, /yaml:1:1: auth has no `mode`: write `mode: key`/],
    [
      'auth: { mode: key, keys: [{ name: a, hash: rtb_the-key-itself }] }',
      /yaml:1:44: auth\.keys\.0\.hash: found something else, expected the hash of a key/,
    ],
    [`auth: { mode: key, keys: [{ name: a, hsh: "${hash}" }] }`, /did you mean "hash"\?/],
    [`auth: { mode: key, keys: [{ hash: "${hash}" }] }`, /auth\.keys\.0.*name/],
    [
      `auth: { mode: key, keys: [{ name: a, hash: "${hash}" }, { name: a, hash: "${otherHash}" }] }`,
      /yaml:1:\d+: the key "a" is there already/,
    ],
    [
      `auth: { mode: key, keys: [{ name: a, hash: "${hash}" }, { name: b, hash: "${hash}" }] }`,
      /the key "b" has the hash of another one/,
    ],
    ['auth: { mode: jwt }', /auth\.mode is jwt, and there is no auth\.jwt/],
    [jwt(''), /yaml:3:3: auth\.jwt names no key: give one of jwks_url/],
    [jwt('secret: short'), /yaml:6:5: auth\.jwt\.secret has fewer than 32 bytes/],
    [jwt('jwks_url: http://login.test/keys'), /yaml:6:5: auth\.jwt\.jwks_url has to begin with https:/],
    [jwt('jwks_url: https://me:pw@login.test/keys'), /must not hold a password/],
    [jwt('jwks_url: login'), /is not an URL/],
    [jwt('jwks_file: a\n    secret_file: b'), /yaml:7:5: auth\.jwt has both jwks_file and secret_file/],
    [jwt('jwks_file: a\n    algorithms: [HS256]'), /names HS256, but a public key cannot check it/],
    [jwt('secret_file: a\n    algorithms: [RS256, HS256]'), /names RS256, but a secret checks/],
    [jwt('secret_file: a\n    algorithms: [none]'), /found "none", expected one of HS256/],
    [jwt('secret_file: a\n    algorithms: []'), /is empty/],
    [
      jwt('secret_file: a\n    clams: { user: a }'),
      /unknown key "clams" in auth\.jwt; did you mean "claims"\?/,
    ],
    [
      jwt('secret_file: a\n    claims: { usr: a }'),
      /unknown key "usr" in auth\.jwt\.claims; did you mean "user"\?/,
    ],
    [
      'auth: { mode: jwt, jwt: { secret_file: a, audience: a } }',
      /auth\.jwt has no issuer: name what `iss` has to be/,
    ],
    ['auth: { mode: jwt, jwt: { secret_file: a, issuer: a } }', /auth\.jwt has no audience/],
    ['channels: [rtbridge_revoked]', /cannot be bridged/],
  ])('%s', (text, problem) => {
    expect(problemOf(text)).toMatch(problem)
  })

  test('a key, and a secret, are in no message', () => {
    const canary = 'canary-secret'
    expect(problemOf(`auth: { mode: key, keys: [{ name: a, hash: ${canary} }] }`)).not.toContain(canary)
    expect(problemOf(jwt(`secret: ${canary}`))).not.toContain(canary)
    expect(problemOf(jwt(`secret: [${canary}]`))).not.toContain(canary)
  })

  test('whatever stands there, it is a configuration or a list of problems', () => {
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom('jwt', 'key', 'open', hash))
    const field = fc.constantFrom('mode', 'keys', 'jwt', 'secret', 'name', 'hash', 'claims', 'issuer')
    fc.assert(
      fc.property(fc.dictionary(field, fc.oneof(value, fc.dictionary(field, value))), auth => {
        try {
          load(JSON.stringify({ auth }))
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^RTB_CONFIG_/) })
        }
      }),
    )
  })
})

describe('what is probably not meant is a warning', () => {
  test.each([
    [jwt('secret_file: a').replace('issuer: i', 'issuer: "*"'), /tokens of any issuer are accepted/],
    [jwt('secret_file: a\n    allow_no_expiry: on'), /good until it is revoked/],
    [`auth: { mode: open, keys: [{ name: a, hash: "${hash}" }] }`, /nobody is asked for a key/],
  ])('%s', (text, warning) => {
    expect(load(text).warnings.join('\n')).toMatch(warning)
  })
})

test('neither secrets nor hashes are shown', () => {
  const secret = 'canary-secret-of-thirty-two-bytes'
  const keys = `  keys: [{ name: a, hash: "${hash}" }]\n`
  const shown = JSON.stringify(redactConfig(load(jwt(`secret: ${secret}`) + keys).config))
  expect(shown).not.toContain(secret)
  expect(shown).not.toContain('abab')
  expect(shown).toContain('"name":"a"')
})
