import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createKey, createKeyLookup, hashKey } from '../../src/access/shared-keys.ts'
import type { SharedKey } from '../../src/domain/auth-settings.ts'

function keyNamed(name: string, key: string): SharedKey {
  return { name, user: `${name} app`, roles: ['clerk'], tenant: 'garage', hash: hashKey(key) }
}

test('a key tells whose it is', () => {
  const [first, second] = [createKey(), createKey()]
  const find = createKeyLookup([keyNamed('one', first), keyNamed('two', second)])
  expect(find(second)).toEqual({
    user: 'two app',
    roles: ['clerk'],
    tenant: 'garage',
    claims: {},
    expiresAt: null,
    credential: 'key:two',
  })
  expect(find(first)?.credential).toBe('key:one')
})

test('a key has 256 random bits and is recognised as one', () => {
  const keys = Array.from({ length: 100 }, createKey)
  expect(new Set(keys).size).toBe(100)
  for (const key of keys) expect(key).toMatch(/^rtb_[\w-]{43}$/)
})

test('the hash of a key is no key', () => {
  const key = createKey()
  const find = createKeyLookup([keyNamed('one', key)])
  expect(find(hashKey(key))).toBeNull()
  expect(find(hashKey(key).slice('sha256:'.length))).toBeNull()
})

test('nothing but the key itself is accepted, however near', () => {
  const key = createKey()
  const find = createKeyLookup([keyNamed('one', key)])
  const near = fc.oneof(
    fc.string(),
    fc.nat(key.length).map(end => key.slice(0, end)),
    fc.string({ minLength: 1 }).map(more => key + more),
    fc.constantFrom(key.toUpperCase(), ` ${key}`, `${key}\n`, `${key}\0`),
  )
  fc.assert(
    fc.property(near, text => {
      expect(find(text) === null).toBe(text !== key)
    }),
  )
})

test('without keys nobody comes in', () => {
  expect(createKeyLookup([])('')).toBeNull()
})
