import { expect, test } from 'vitest'
import { openAccess } from '../../src/access/access-rules.ts'
import { type Identity, openIdentity } from '../../src/access/identity.ts'
import { createRoomAccess, withRooms } from '../../src/access/room-access.ts'
import type { NamedQuery, RoomRule } from '../../src/domain/room-rule.ts'

const nowhere = { file: 'rtbridge.yaml', line: 1, column: 1 }
const ownsOrder: NamedQuery = { name: 'owns_order', sql: 'SELECT $1, $2', role: null }

function rule(pattern: string, more: Partial<RoomRule> = {}): RoomRule {
  const rest = { roles: null, when: null, query: null, with: [], location: nowhere, locations: {} }
  return { pattern, ...rest, ...more }
}

function open(rules: readonly RoomRule[], others: 'allow' | 'deny' = 'deny', answer: unknown = true) {
  const asked: unknown[] = []
  const errors: unknown[] = []
  const access = createRoomAccess({
    rules: { others, rules },
    ask: async (query, values) => {
      asked.push([query.name, ...values])
      if (answer instanceof Error) throw answer
      return answer === true
    },
    onError: error => errors.push(error),
  })
  return { ...access, asked, errors }
}

const driver: Identity = { ...openIdentity, user: 'd1', roles: ['driver'], tenant: 'north' }

test('who is signed in is in the rooms of himself, his roles and his tenant, and nobody else can join them', async () => {
  const { mayJoin, roomsOf } = open([], 'allow')
  expect(roomsOf(driver)).toEqual(['role:driver', 'user:d1', 'tenant:north'])
  expect(roomsOf(openIdentity)).toEqual([])
  for (const room of ['user:d1', 'role:driver', 'tenant:north']) {
    expect(await mayJoin(driver, room)).toBe(true)
    expect(await mayJoin(openIdentity, room)).toBe(false)
    expect(await mayJoin({ ...driver, user: 'x', roles: [], tenant: null }, room)).toBe(false)
  }
})

test('a room that no pattern speaks of is open or closed, as configured', async () => {
  expect(await open([], 'allow').mayJoin(openIdentity, 'office')).toBe(true)
  expect(await open([], 'deny').mayJoin(openIdentity, 'office')).toBe(false)
})

test('the first pattern that fits decides; roles and condition have to hold both', async () => {
  const { mayJoin } = open(
    [
      rule('desk_{id}', { roles: ['driver', 'clerk'], when: 'id.size() < 3 && auth.tenant == "north"' }),
      rule('desk_{any}'),
      rule('lobby'),
    ],
    'deny',
  )
  expect(await mayJoin(driver, 'desk_12')).toBe(true)
  expect(await mayJoin(driver, 'desk_123')).toBe(false)
  expect(await mayJoin({ ...driver, roles: ['guest'] }, 'desk_12')).toBe(false)
  expect(await mayJoin({ ...driver, tenant: 'south' }, 'desk_12')).toBe(false)
  expect(await mayJoin(openIdentity, 'lobby')).toBe(true)
})

test('no claim can stand in for the user, the roles or the tenant of a condition', async () => {
  const { mayJoin } = open([rule('mine_{id}', { when: 'auth.sub == id' })])
  const forger = { ...driver, claims: { sub: 'boss', roles: ['admin'], tenant: 'all' } }
  expect(await mayJoin(forger, 'mine_boss')).toBe(false)
  expect(await mayJoin(forger, 'mine_d1')).toBe(true)
})

test('a condition that fails denies, and is reported', async () => {
  const { mayJoin, errors } = open([rule('desk_{id}', { when: 'auth.department == "x"' })])
  expect(await mayJoin(driver, 'desk_1')).toBe(false)
  expect(errors).toMatchObject([{ code: 'RTB_EXPRESSION_FAILED' }])
})

test('the database is asked last, with parameters only, and its no is a no', async () => {
  const orders = rule('order_{id}', { roles: ['driver'], query: ownsOrder, with: ['id', 'auth.sub'] })
  const yes = open([orders])
  expect(await yes.mayJoin({ ...driver, roles: [] }, 'order_1')).toBe(false)
  expect(yes.asked).toEqual([])
  expect(await yes.mayJoin(driver, `order_1'; DROP TABLE orders; --`)).toBe(true)
  expect(yes.asked).toEqual([['owns_order', `1'; DROP TABLE orders; --`, 'd1']])
  expect(await open([orders], 'allow', false).mayJoin(driver, 'order_1')).toBe(false)
})

test('a question that cannot be answered is an error that denies, and is reported', async () => {
  const broken = open(
    [rule('order_{id}', { query: ownsOrder, with: ['id', 'null'] })],
    'allow',
    new Error('away'),
  )
  await expect(broken.mayJoin(driver, 'order_1')).rejects.toMatchObject({ code: 'RTB_ROOM_UNDECIDED' })
  expect(broken.asked).toEqual([['owns_order', '1', null]])
  expect(broken.errors).toHaveLength(1)
})

test('rules for rooms and policies have to allow both', async () => {
  const rooms = open([rule('lobby')])
  const strict = withRooms(
    { ...openAccess, mayJoin: async () => false, roomsOf: () => ['role:driver'] },
    rooms,
  )
  expect(await strict.mayJoin(driver, 'lobby')).toBe(false)
  expect(await withRooms(openAccess, rooms).mayJoin(driver, 'lobby')).toBe(true)
  expect(await withRooms(openAccess, rooms).mayJoin(driver, 'attic')).toBe(false)
  expect(strict.roomsOf(driver)).toEqual(['role:driver', 'user:d1', 'tenant:north'])
})
