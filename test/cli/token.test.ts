import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hashKey } from '../../src/access/shared-keys.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { createFolder, runCli } from './run-cli.ts'

const database = await createTestDatabase()
const secret = 'a secret of thirty-two bytes, or so'
const jwtYaml = `auth:
  mode: jwt
  jwt: { issuer: "https://issuer.test", audience: rtbridge, secret: "${secret}", claims: { roles: realm.roles, tenant: tid } }
`

async function folder(yaml: string): Promise<string> {
  const cwd = await createFolder()
  await writeFile(join(cwd, 'rtbridge.yaml'), `hub: { host: 127.0.0.1 }\n${yaml}`)
  return cwd
}

async function run(cwd: string, args: readonly string[], stdin = '') {
  const env = { RTBRIDGE_DATABASE_URL: database.url }
  return runCli(['token', ...args], { cwd, env, stdin })
}

async function json(cwd: string, args: readonly string[], stdin = ''): Promise<Record<string, unknown>> {
  const { stdout } = await run(cwd, [...args, '--json'], stdin)
  return JSON.parse(stdout) as Record<string, unknown>
}

/** A folder whose configuration has a key that was just made. */
async function folderWithKey(name = 'front-desk') {
  const made = await json(await folder(''), ['create', name, '--roles', 'clerk, driver'])
  const cwd = await folder(`auth: { mode: key, keys: [${JSON.stringify(made['entry'])}] }`)
  return { cwd, key: String(made['key']), entry: made['entry'] }
}

describe('rtbridge token create', () => {
  test('prints a key once, and the lines with its hash', async () => {
    const { code, stdout, stderr } = await run(await folder(''), [
      'create',
      'front "desk"',
      '--roles',
      'clerk',
    ])
    expect(code).toBe(0)
    const key = stdout.trim()
    expect(key).toMatch(/^rtb_[\w-]{43}$/)
    expect(stderr).toContain(`    - { name: "front \\"desk\\"", roles: ["clerk"], hash: "${hashKey(key)}" }`)
    const { cwd } = { cwd: await folder(stderr.slice(stderr.indexOf('auth:'))) }
    expect(await json(cwd, ['check'], key)).toMatchObject({
      accepted: true,
      user: 'front "desk"',
      roles: ['clerk'],
    })
  })

  test('prints the hash although it is told to be quiet', async () => {
    const { stdout, stderr } = await run(await folder(''), ['create', 'desk', '--quiet'])
    expect(stderr).toMatch(/^auth:\n {2}mode: key/)
    expect(stderr).toContain(hashKey(stdout.trim()))
  })

  test('signs a token that the hub accepts', async () => {
    const cwd = await folder(jwtYaml)
    const { stdout } = await run(cwd, ['create', 'amira', '--jwt', '--roles', 'clerk', '--tenant', 'garage'])
    expect(await json(cwd, ['check'], stdout)).toMatchObject({
      accepted: true,
      user: 'amira',
      roles: ['clerk'],
      tenant: 'garage',
      credential: expect.stringMatching(/^jwt:[\w-]{36}$/),
      revocation_checked: true,
    })
  })

  test.each([
    ['rsa', () => generateKeyPairSync('rsa', { modulusLength: 2_048 }), 'PS256'],
    ['ec', () => generateKeyPairSync('ec', { namedCurve: 'P-384' }), 'ES384'],
    ['ed25519', () => generateKeyPairSync('ed25519'), 'EdDSA'],
  ] as const)('signs with a private key (%s)', async (_kind, generate, algorithm) => {
    const { privateKey, publicKey } = generate()
    const cwd = await folder(
      'auth: { mode: jwt, jwt: { issuer: i, audience: a, public_key_file: issuer.pub } }',
    )
    await writeFile(join(cwd, 'issuer.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
    await writeFile(join(cwd, 'issuer.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
    const args = ['create', 'amira', '--jwt', '--private-key-file', 'issuer.pem', '--algorithm', algorithm]
    const { stdout } = await run(cwd, args)
    expect(await json(cwd, ['check'], stdout)).toMatchObject({ accepted: true, user: 'amira' })
  })

  test.each([
    [['create', 'a', '--jwt'], '', 'rtbridge.yaml has no auth.jwt'],
    [['create', 'a', '--jwt', '--algorithm', 'RS256'], jwtYaml, 'RS256 is not for this key'],
    [['create', 'a', '--jwt', '--private-key-file', 'none.pem'], jwtYaml, 'none.pem cannot be read'],
    [['create', 'a', '--jwt', '--expires', 'soon'], jwtYaml, 'expected a duration'],
    [['create', 'a\nb'], '', 'no control characters'],
  ])('%j says what is wrong', async (args, yaml, problem) => {
    const { code, stderr } = await run(await folder(yaml), args)
    expect(code).toBe(2)
    expect(stderr).toContain(problem)
  })

  test('does not sign where only the public key is known', async () => {
    const cwd = await folder('auth: { mode: jwt, jwt: { issuer: i, audience: a, jwks_file: keys.json } }')
    expect((await run(cwd, ['create', 'a', '--jwt'])).stderr).toContain('RTB_TOKEN_KEY')
  })
})

describe('rtbridge token check', () => {
  test('says why the hub would refuse a token, and ends with 5', async () => {
    const { cwd } = await folderWithKey()
    const { code, stderr } = await run(cwd, ['check'], 'rtb_canary')
    expect(code).toBe(5)
    expect(stderr).toContain('RTB_TOKEN_REFUSED')
    expect(stderr).toContain('(RTB_AUTH_INVALID): no configured key has its hash')
    expect(stderr).not.toContain('rtb_canary')
  })

  test('names an expired token', async () => {
    const cwd = await folder(jwtYaml)
    const { stdout } = await run(cwd, ['create', 'amira', '--jwt', '--expires', '1s'])
    const strict = await folder(jwtYaml.replace('claims:', 'clock_tolerance: 0, claims:'))
    // Expiry counts whole seconds, by the clock of this machine.
    const said = await waitFor(async () => {
      const { stderr } = await run(strict, ['check'], stdout)
      return stderr.includes('RTB_AUTH_EXPIRED') && stderr
    })
    expect(said).toContain('it has expired')
  })

  test('reads a file, and an argument', async () => {
    const { cwd, key } = await folderWithKey()
    await writeFile(join(cwd, 'token.txt'), `${key}\n`)
    expect((await run(cwd, ['check', '--file', 'token.txt'])).code).toBe(0)
    expect((await run(cwd, ['check', key])).code).toBe(0)
    expect((await run(cwd, ['check', '-'], key)).code).toBe(0)
  })

  test('without a token is a usage error', async () => {
    const { cwd } = await folderWithKey()
    const { code, stderr } = await run(cwd, ['check'])
    expect(code).toBe(2)
    expect(stderr).toContain('RTB_TOKEN_MISSING')
  })

  test('says that it could not ask what is revoked', async () => {
    const { cwd, key } = await folderWithKey()
    const env = { RTBRIDGE_DATABASE_URL: 'postgres://a@127.0.0.1:1/b' }
    const { code, stdout, stderr } = await runCli(['token', 'check', '--json'], { cwd, env, stdin: key })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ accepted: true, revocation_checked: false })
    expect(stderr).toContain('could not be looked up')
  })
})

describe('rtbridge token revoke, list and restore', () => {
  test('take a key back, show it, and give it back', async () => {
    const { cwd, key } = await folderWithKey('till')
    expect((await run(cwd, ['revoke', '--key', 'till'])).code).toBe(0)
    expect((await run(cwd, ['check'], key)).stderr).toContain('RTB_AUTH_REVOKED')
    expect((await run(cwd, ['list'])).stdout).toContain('key till: roles clerk, driver; REVOKED')
    expect(await json(cwd, ['list'])).toMatchObject({
      mode: 'key',
      keys: [{ name: 'till', user: 'till', roles: ['clerk', 'driver'], tenant: null }],
      revocations: expect.arrayContaining([expect.objectContaining({ kind: 'key', subject: 'till' })]),
    })
    expect((await run(cwd, ['restore', '--key', 'till'])).code).toBe(0)
    expect((await run(cwd, ['check'], key)).code).toBe(0)
  })

  test('take a token back by what it is, until it would have expired', async () => {
    const cwd = await folder(jwtYaml)
    const { token, jti, expires_at: end } = await json(cwd, ['create', 'amira', '--jwt'])
    const revoked = await json(cwd, ['revoke', '--file', '-'], String(token))
    expect(revoked).toMatchObject({ kind: 'jti', subject: jti })
    expect(Date.parse(String(revoked['expires_at']))).toBeGreaterThan(Date.parse(String(end)))
    expect((await run(cwd, ['check'], String(token))).stderr).toContain('RTB_AUTH_REVOKED')
  })

  test('take back everything a user has', async () => {
    const cwd = await folder(jwtYaml)
    const { token } = await json(cwd, ['create', 'ben', '--jwt'])
    expect(await json(cwd, ['revoke', '--user', 'ben', '--expires', '1h'])).toMatchObject({ kind: 'user' })
    expect((await run(cwd, ['check'], String(token))).stderr).toContain('RTB_AUTH_REVOKED')
  })

  test('warn of a key that the configuration does not have', async () => {
    const { code, stderr } = await run(await folder(''), ['revoke', '--key', 'nobody'])
    expect(code).toBe(0)
    expect(stderr).toContain('has no key "nobody"')
  })

  test.each([
    [['revoke'], 2, 'say what: --key'],
    [['revoke', '--key', 'a', '--user', 'b'], 2, 'cannot be used with'],
    [['revoke', '--key', 'a', '--expires', 'soon'], 2, 'expected a duration'],
    [['restore', '--jti', 'unknown'], 1, 'RTB_TOKEN_UNKNOWN'],
  ])('%j ends with %i', async (args, exitCode, problem) => {
    const { code, stderr } = await run(await folder(''), args)
    expect(code).toBe(exitCode)
    expect(stderr).toContain(problem)
  })

  test('a token that is refused already has to be named by its id', async () => {
    const { code, stderr } = await run(await folder(jwtYaml), ['revoke', '--file', '-'], 'wrong')
    expect(code).toBe(2)
    expect(stderr).toContain('revoke it with --jti or --user')
  })
})
