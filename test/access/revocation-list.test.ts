import { expect, onTestFinished, test } from 'vitest'
import { openIdentity } from '../../src/access/identity.ts'
import { RevocationList, type RevocationSnapshot } from '../../src/access/revocation-list.ts'
import type { Revocation } from '../../src/domain/auth-settings.ts'
import { waitFor } from '../support/wait-for.ts'

const entry = (kind: Revocation['kind'], subject: string, more: Partial<Revocation> = {}): Revocation => ({
  kind,
  subject,
  revokedAt: 10_000,
  expiresAt: null,
  ...more,
})
const token = (iat: number | undefined, jti = '1') => ({
  ...openIdentity,
  user: 'amira',
  credential: `jwt:${jti}`,
  claims: iat === undefined ? {} : { iat },
})

/** A list that reads what `world` holds. */
function open(everyMs = 3_600_000) {
  const world: {
    snapshot: RevocationSnapshot
    fails: boolean
    now: number
    asked: (string | null)[]
    errors: unknown[]
  } = { snapshot: { revision: '1', revocations: [] }, fails: false, now: 10_000, asked: [], errors: [] }
  const list = new RevocationList({
    read: async revision => {
      world.asked.push(revision)
      if (world.fails) throw new Error('away')
      return revision === world.snapshot.revision ? null : world.snapshot
    },
    everyMs,
    now: () => world.now,
    onError: error => world.errors.push(error),
  })
  onTestFinished(() => list.close())
  const set = (revision: string, ...revocations: Revocation[]) => {
    world.snapshot = { revision, revocations }
  }
  return { list, world, set }
}

test('a key, a token, and all a user was given before are revoked', async () => {
  const { list, set } = open()
  set('2', entry('key', 'front-desk'), entry('jti', '1'), entry('user', 'ben'))
  await list.refresh()
  expect(list.isRevoked({ ...openIdentity, user: 'x', credential: 'key:front-desk' })).toBe(true)
  expect(list.isRevoked({ ...openIdentity, user: 'x', credential: 'key:back-desk' })).toBe(false)
  expect(list.isRevoked(token(5, '1'))).toBe(true)
  expect(list.isRevoked(token(5, '2'))).toBe(false)
  expect(list.isRevoked({ ...openIdentity, user: 'ben', credential: 'key:any' })).toBe(true)
})

test('a key and a token of the same name are two things', async () => {
  const { list, set } = open()
  set('2', entry('key', 'x'), entry('jti', 'y'))
  await list.refresh()
  expect(list.isRevoked(token(1, 'x'))).toBe(false)
  expect(list.isRevoked({ ...openIdentity, credential: 'key:y' })).toBe(false)
})

test('what a user was given later is good, and what does not say when is not', async () => {
  const { list, set } = open()
  set('2', entry('user', 'amira', { revokedAt: 10_500 }))
  await list.refresh()
  expect(list.isRevoked(token(9))).toBe(true)
  expect(list.isRevoked(token(10))).toBe(true)
  expect(list.isRevoked(token(11))).toBe(false)
  expect(list.isRevoked(token(undefined))).toBe(true)
})

test('an entry is over when its time is', async () => {
  const { list, set, world } = open()
  set('2', entry('jti', '1', { expiresAt: 20_000 }))
  await list.refresh()
  expect(list.isRevoked(token(5))).toBe(true)
  world.now = 20_000
  expect(list.isRevoked(token(5))).toBe(false)
})

test('tells of changes, and of nothing else', async () => {
  const { list, set } = open()
  let told = 0
  const stop = list.onChange(() => told++)
  await list.refresh()
  await list.refresh()
  expect(told).toBe(1)
  set('2', entry('jti', '1'))
  await list.refresh()
  expect(told).toBe(2)
  stop()
  set('3')
  await list.refresh()
  expect(told).toBe(2)
})

test('keeps what it has while the list cannot be read', async () => {
  const { list, set, world } = open()
  set('2', entry('jti', '1'))
  await list.refresh()
  world.fails = true
  await list.refresh()
  expect(world.errors).toHaveLength(1)
  expect(list.isRevoked(token(5))).toBe(true)
})

test('reads at intervals, also after a failure', async () => {
  const { list, set, world } = open(5)
  world.fails = true
  await list.refresh()
  expect(list.isLoaded).toBe(false)
  world.fails = false
  await list.loaded
  set('2', entry('jti', '1'))
  await waitFor(() => list.isRevoked(token(5)))
})

test('looks once more when a change is told of during a look', async () => {
  const { list, world } = open()
  const first = list.refresh()
  await waitFor(() => world.asked.length === 1, { intervalMs: 0 })
  await Promise.all([first, list.refresh(), list.refresh()])
  expect(world.asked).toEqual([null, '1'])
})

test('is not driven to read without end by who says without end that it changed', async () => {
  const { list, world } = open()
  const storm = setInterval(() => void list.refresh(), 0)
  onTestFinished(() => clearInterval(storm))
  const from = performance.now()
  await waitFor(() => world.asked.length >= 5)
  expect(performance.now() - from).toBeGreaterThan(4 * 40)
})

test('reads the whole list when the database may be another one', async () => {
  const { list, set, world } = open()
  await list.refresh()
  set('1', entry('jti', '1'))
  await list.refresh()
  expect(list.isRevoked(token(5))).toBe(false)
  world.fails = true
  await list.refresh(true)
  world.fails = false
  await list.refresh()
  expect(list.isRevoked(token(5))).toBe(true)
  expect(world.asked).toEqual([null, '1', null, null])
})
