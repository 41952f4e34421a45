import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mapClaims } from '../../../src/access/jwt/map-claims.ts'
import { RtbridgeError } from '../../../src/domain/errors/registry.ts'

const paths = { user: 'sub', roles: 'realm_access.roles', tenant: 'tid' }
const settings = { claims: paths, clockToleranceMs: 0 }

describe('claims become an identity', () => {
  test.each([
    ['a list', { realm_access: { roles: ['a', 'b'] } }, ['a', 'b']],
    ['a text with spaces', { realm_access: { roles: ' a  b ' } }, ['a', 'b']],
    ['nothing', {}, []],
    ['a path through something else', { realm_access: 'x' }, []],
    ['an inherited member', { realm_access: Object.create({ roles: ['a'] }) }, []],
  ])('roles from %s', (_name, more, roles) => {
    expect(mapClaims({ sub: 'amira', ...more }, settings).roles).toEqual(roles)
  })

  test.each([
    ['a number among them', { roles: ['a', 1] }],
    ['a map', { roles: { admin: true } }],
    ['more than a hundred', { roles: Array.from({ length: 101 }, (_, index) => `r${index}`) }],
    ['an empty one', { roles: ['a', ''] }],
  ])('roles with %s are refused, not dropped', (_name, realm_access) => {
    expect(() => mapClaims({ sub: 'amira', realm_access }, settings)).toThrow(
      expect.objectContaining({ code: 'RTB_AUTH_INVALID' }),
    )
  })

  test('a claim whose name has dots is found by its whole name', () => {
    const claims = { ...paths, roles: 'https://office.test/roles' }
    const given = { sub: 'amira', 'https://office.test/roles': ['a'] }
    expect(mapClaims(given, { ...settings, claims }).roles).toEqual(['a'])
  })

  test.each(['__proto__.polluted', 'constructor.name', 'toString'])('%s leads nowhere', path => {
    expect(() => mapClaims({ sub: 'x' }, { ...settings, claims: { ...paths, user: path } })).toThrow(
      expect.objectContaining({ code: 'RTB_AUTH_INVALID' }),
    )
  })

  test('numbers are names, too; other things are not', () => {
    expect(mapClaims({ sub: 7, tid: 3 }, settings)).toMatchObject({ user: '7', tenant: '3' })
    for (const sub of [true, {}, [], '', 'x'.repeat(201), 'a\0', 'a\nb']) {
      expect(() => mapClaims({ sub }, settings)).toThrow(
        expect.objectContaining({ code: 'RTB_AUTH_INVALID' }),
      )
    }
  })

  test('a number that has lost its last digits is nobody, and no condition sees it', () => {
    const [one, other] = ['9007199254740992', '9007199254740993'].map(id => JSON.parse(id))
    expect(one).toBe(other)
    expect(() => mapClaims({ sub: other }, settings)).toThrow('the token is not valid')
    expect(() => mapClaims({ sub: 'x', tid: other }, settings)).toThrow('the token is not valid')
    const claims = { sub: 'x', customer: other, of: { customers: [1, other] }, age: 42, share: 0.5 }
    expect(mapClaims(claims, settings).claims).toEqual({ sub: 'x', age: 42, share: 0.5 })
  })

  test('a token without an id cannot be revoked by it', () => {
    expect(mapClaims({ sub: 'amira' }, settings).credential).toBeNull()
  })

  test.each([{ jti: '' }, { jti: 'x'.repeat(201) }, { jti: {} }])('a token with the id %j is refused', id => {
    expect(() => mapClaims({ sub: 'amira', ...id }, settings)).toThrow(
      expect.objectContaining({ code: 'RTB_AUTH_INVALID' }),
    )
  })

  test.each([1e300, -1e300, 8_640_000_000_001])('an end at %d, which no date can name, is refused', exp => {
    expect(() => mapClaims({ sub: 'amira', exp }, settings)).toThrow('the token is not valid')
  })

  test('whatever a token says, it is an identity of the right shape or a refusal', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('sub', 'tid', 'realm_access', 'exp', 'jti'), fc.jsonValue()),
        claims => {
          try {
            const { user, roles, tenant, expiresAt } = mapClaims(claims, settings)
            expect(typeof user).toBe('string')
            expect(roles.every(role => typeof role === 'string' && role !== '')).toBe(true)
            expect(tenant === null || typeof tenant === 'string').toBe(true)
            expect(expiresAt === null || !Number.isNaN(new Date(expiresAt).getTime())).toBe(true)
          } catch (error) {
            expect(error).toBeInstanceOf(RtbridgeError)
          }
        },
      ),
    )
  })
})
