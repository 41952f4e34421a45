import { expect, onTestFinished, test } from 'vitest'
import { createKey, hashKey } from '../../src/access/shared-keys.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { openSignIn } from '../../src/daemon/sign-in.ts'
import { openPool } from '../../src/database/pool.ts'
import { restoreRevoked, revoke } from '../../src/database/revocations.ts'
import { createLogger } from '../../src/logging.ts'
import { adminOptions } from '../support/capture-fixture.ts'
import { lookedEarly } from '../support/looked-early.ts'
import { createPlainRole } from '../support/plain-role.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const database = await createTestDatabase()
const plain = await createPlainRole(database, 'plain')
const key = createKey()
const yaml = `auth: { mode: key, keys: [{ name: desk, roles: clerk, hash: "${hashKey(key)}" }] }`

/** What two hubs on the database do with keys. */
async function open(text = yaml, host = '127.0.0.1') {
  const log: string[] = []
  const { config } = loadConfig({
    env: {},
    cwd: '/',
    flags: { config: 'rtbridge.yaml', 'hub.host': host },
    readFile: () => Buffer.from(text),
  })
  const logger = createLogger('trace', { write: line => void log.push(line) })
  const signIn = await openSignIn({ config, logger })
  const pool = openPool(adminOptions(database.url), 1)
  onTestFinished(async () => {
    signIn.close()
    await pool.close()
  })
  return { signIn, pool, log, authenticator: signIn.authenticator }
}

test('a revocation reaches every hub of the database, and so does its end', async () => {
  const [one, other] = [await open(), await open()]
  for (const { signIn, pool } of [one, other]) signIn.start(pool)
  const identity = await other.authenticator.authenticate(key, '192.0.2.1')
  const isRevoked = () => [one, other].map(({ authenticator }) => authenticator.isRevoked(identity))
  expect(isRevoked()).toEqual([false, false])
  await revoke(one.pool, { kind: 'key', subject: 'desk' }, null)
  await waitFor(() => isRevoked().every(Boolean))
  await expect(other.authenticator.authenticate(key, '192.0.2.1')).rejects.toMatchObject({
    code: 'RTB_AUTH_REVOKED',
  })
  await restoreRevoked(one.pool, { kind: 'key', subject: 'desk' })
  await waitFor(() => !isRevoked().some(Boolean))
})

test('a hub that is told looks at once', async () => {
  const { signIn, pool, log, authenticator } = await open()
  signIn.start(pool)
  const identity = await authenticator.authenticate(key, '192.0.2.1')
  await waitFor(async () => {
    await revoke(pool, { kind: 'user', subject: 'desk' }, null)
    signIn.refresh()
    await waitFor(() => authenticator.isRevoked(identity))
    await restoreRevoked(pool, { kind: 'user', subject: 'desk' })
    signIn.refresh()
    await waitFor(() => !authenticator.isRevoked(identity))
    return lookedEarly(log)
  })
})

test('a hub that may not read what is revoked says so', async () => {
  const { signIn, log } = await open()
  const stranger = openPool(adminOptions(plain.url), 1)
  onTestFinished(() => stranger.close())
  signIn.start(stranger)
  await waitFor(() => log.some(line => line.includes('RTB_DATABASE_PERMISSION') && line.includes('"warn"')))
  expect(log.join('')).toContain('what is revoked could not be read')
})

test('a refused token is in the log with its reason, and without itself', async () => {
  const { signIn, pool, log, authenticator } = await open()
  signIn.start(pool)
  await expect(authenticator.authenticate('canary-token', '192.0.2.1')).rejects.toThrow()
  expect(log.join('')).toContain('no configured key has its hash')
  expect(log.join('')).not.toContain('canary-token')
})

test('an address that goes on is one line in the log, not a thousand', async () => {
  const { signIn, pool, log, authenticator } = await open()
  signIn.start(pool)
  for (let i = 0; i < 50; i++) await authenticator.authenticate('wrong', '192.0.2.1').catch(() => {})
  expect(log.filter(line => line.includes('RTB_AUTH_ATTEMPTS'))).toHaveLength(1)
})

test('a hub that is open because only this machine reaches it says so', async () => {
  const { log, signIn } = await open('')
  expect(signIn.isNeeded).toBe(false)
  expect(log.join('')).toContain('auth.mode is not set')
})

test('a hub that others reach does not start without a word on who may connect', async () => {
  await expect(open('', '0.0.0.0')).rejects.toMatchObject({ code: 'RTB_AUTH_UNDECIDED' })
  await expect(open('auth: { mode: open }', '192.0.2.1')).rejects.toMatchObject({
    code: 'RTB_AUTH_OPEN_PUBLIC',
  })
})
