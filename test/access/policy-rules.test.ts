import { describe, expect, test } from 'vitest'
import type { JudgedEvent } from '../../src/access/access-rules.ts'
import type { Identity } from '../../src/access/identity.ts'
import { openIdentity } from '../../src/access/identity.ts'
import { createPolicyRules } from '../../src/access/policy-rules.ts'
import type { Change } from '../../src/domain/change.ts'
import { eventOf } from '../hub/memory-history.ts'
import { loadPolicies } from '../support/load-policies.ts'

function rulesOf(yaml: string) {
  const problems: { readonly code: string }[] = []
  return { ...createPolicyRules(loadPolicies(yaml), problem => problems.push(problem)), problems }
}

function somebody(identity: Partial<Identity> = {}): Identity {
  return { ...openIdentity, ...identity }
}

const table = { id: 1, schema: 'public', name: 'bookings', keyColumns: ['id'] }

/** A table event of an inserted row. */
function inserted(row: object, change: Partial<Change> = {}): JudgedEvent {
  const event = eventOf(1, 1)
  return { ...event, change: { ...event.change, table, newRow: JSON.stringify(row), ...change } }
}

describe('a condition that fails', () => {
  const yaml = '{ tables: { bookings: [{ roles: customer, where: "new.owner.name == auth.sub" }] } }'
  const ann = somebody({ user: 'ann', roles: ['customer'] })

  test('denies, and is told once, without a value', () => {
    const rules = rulesOf(yaml)
    for (const owner of ['hunter2', 'hunter3']) {
      expect(rules.see(ann, inserted({ id: 1, owner }))).toBeNull()
    }
    expect(rules.problems.map(({ code }) => code)).toEqual(['RTB_POLICY_FAILED'])
    expect(rules.problems.map(String).join()).not.toContain('hunter')
  })

  test('denies and is no mistake of the rule where only the key of a row is there', () => {
    const rules = rulesOf(yaml)
    expect(rules.see(ann, inserted({ id: 1 }, { truncated: true }))).toBeNull()
    expect(rules.problems).toEqual([])
  })
})

describe('a table', () => {
  test('that no policy names is for everybody, or with `default: deny` for nobody', () => {
    const other = inserted({ id: 1 }, { table: { ...table, name: 'other' } })
    expect(rulesOf('{ tables: { bookings: [] } }').see(somebody(), other)).toBe('all')
    expect(rulesOf('{ default: deny, tables: { bookings: [] } }').see(somebody(), other)).toBeNull()
  })

  test('obeys the policy that names it before any pattern', () => {
    const rules = rulesOf('{ tables: { "*": [], bookings: [{}] } }')
    expect(rules.see(somebody(), inserted({ id: 1 }))).toBe('all')
    const other = inserted({ id: 1 }, { table: { ...table, name: 'other' } })
    expect(rules.see(somebody(), other)).toBeNull()
  })

  test('with a policy is denied to those whom no rule allows', () => {
    const rules = rulesOf('{ tables: { bookings: [{ roles: clerk }] } }')
    expect(rules.see(somebody({ roles: ['clerk'] }), inserted({ id: 1 }))).toBe('all')
    expect(rules.see(somebody({ roles: ['guest'] }), inserted({ id: 1 }))).toBeNull()
  })

  test('is denied to a role that a rule denies, whatever others allow', () => {
    const rules = rulesOf('{ tables: { bookings: [{}, { roles: kiosk, deny: true }] } }')
    expect(rules.see(somebody({ roles: ['clerk'] }), inserted({ id: 1 }))).toBe('all')
    expect(rules.see(somebody({ roles: ['clerk', 'kiosk'] }), inserted({ id: 1 }))).toBeNull()
  })

  test('whose TRUNCATE has no row shows it to those whom a rule allows some rows', () => {
    const rules = rulesOf('{ tables: { bookings: [{ roles: customer, where: "new.open" }] } }')
    const truncate = inserted({}, { op: 'TRUNCATE', newRow: null })
    expect(rules.see(somebody({ roles: ['customer'] }), truncate)).toBe('all')
    expect(rules.see(somebody({ roles: ['guest'] }), truncate)).toBeNull()
  })

  test('is denied, and said so once, where a policy hides its key', () => {
    const rules = rulesOf('{ tables: { bookings: [{ hide: [id] }] } }')
    expect(rules.see(somebody(), inserted({ id: 1 }))).toBeNull()
    expect(rules.see(somebody(), inserted({ id: 2 }))).toBeNull()
    expect(rules.problems).toMatchObject([{ code: 'RTB_POLICY_HIDES_KEY' }])
  })
})

describe('a condition', () => {
  test('cannot hold for a row without an owner because nobody has signed in', () => {
    const rules = rulesOf('{ tables: { bookings: [{ where: "new.owner == auth.sub" }] } }')
    expect(rules.see(somebody(), inserted({ id: 1, owner: null }))).toBeNull()
    expect(rules.see(somebody({ user: 'u1' }), inserted({ id: 1, owner: 'u1' }))).toBe('all')
  })

  test('is not deceived by claims that are named like fields of `auth`', () => {
    const where = 'auth.sub == "boss" || "boss" in auth.roles || auth.tenant == "boss"'
    const rules = rulesOf(`{ tables: { bookings: [{ where: '${where}' }] } }`)
    const claims = { sub: 'boss', user: 'boss', roles: ['boss'], tenant: 'boss' }
    expect(rules.see(somebody({ claims }), inserted({ id: 1 }))).toBeNull()
  })

  test('that fails does not allow, and denies in a rule that denies', () => {
    const allowing = rulesOf('{ tables: { bookings: [{ where: "new.nowhere == 1" }] } }')
    expect(allowing.see(somebody(), inserted({ id: 1 }))).toBeNull()
    const denying = rulesOf('{ tables: { bookings: [{}, { deny: true, where: "new.nowhere == 1" }] } }')
    expect(denying.see(somebody(), inserted({ id: 1 }))).toBeNull()
  })

  test('on claims that cannot be read does not hold', () => {
    let deep: unknown = 1
    for (let level = 0; level < 300; level++) deep = [deep]
    const rules = rulesOf('{ tables: { bookings: [{ where: "has(auth.deep)" }] } }')
    expect(rules.see(somebody({ claims: { deep } }), inserted({ id: 1 }))).toBeNull()
  })

  test.each(['{ where: "true" }', '{ deny: true, where: "false" }, {}'])(
    'that takes too much work denies, whatever else is there: %s',
    other => {
      const loop = 'new.list.all(a, new.list.all(b, a >= 0 && b >= 0))'
      const rules = rulesOf(`{ tables: { bookings: [{ where: "${loop}" }, ${other}] } }`)
      const list = (size: number) => inserted({ id: 1, list: Array.from({ length: size }, () => 1) })
      expect(rules.see(somebody(), list(5))).toBe('all')
      expect(rules.see(somebody(), list(1_000))).toBeNull()
    },
  )
})

describe('a tenant', () => {
  const rules = rulesOf('{ tables: { bookings: [{ tenant: tenant_id }] } }')

  test.each([
    ['sees rows of its own', 't1', { id: 1, tenant_id: 't1' }, 'all'],
    ['sees rows of its own, numbers too', '7', { id: 1, tenant_id: 7 }, 'all'],
    ['sees none of another', 't1', { id: 1, tenant_id: 't2' }, null],
    ['sees none that belong to nobody', 't1', { id: 1, tenant_id: null }, null],
    ['named null sees none that belong to nobody', 'null', { id: 1, tenant_id: null }, null],
    ['sees none without the column', 't1', { id: 1 }, null],
    ['that there is not sees none', null, { id: 1, tenant_id: null }, null],
  ])('%s', (_title, tenant, row, sight) => {
    expect(rules.see(somebody({ tenant }), inserted(row))).toBe(sight)
  })
})

describe('hidden columns', () => {
  test('are those that every rule hides which allows the row', () => {
    const yaml = '{ tables: { bookings: [{ hide: [a, b] }, { where: "new.mine", hide: [b, c] }] } }'
    const rules = rulesOf(yaml)
    expect(rules.see(somebody(), inserted({ id: 1, a: 0, b: 0, c: 0, mine: false }))).toEqual({
      before: null,
      after: ['a', 'b'],
    })
    expect(rules.see(somebody(), inserted({ id: 1, a: 0, b: 0, c: 0, mine: true }))).toEqual({
      before: null,
      after: ['b'],
    })
  })

  test('that are not there close the rows of a table that is named, and are told of once', () => {
    const rules = rulesOf(
      '{ tables: { bookings: [{ hide: [note] }, { roles: clerk }], "o*": [{ hide: [note] }] } }',
    )
    expect(rules.see(somebody(), inserted({ id: 1, remark: 'x' }))).toBeNull()
    expect(rules.see(somebody(), inserted({ id: 2, remark: 'x' }))).toBeNull()
    expect(rules.problems).toMatchObject([{ code: 'RTB_POLICY_COLUMN_MISSING' }])
    expect(rules.see(somebody({ roles: ['clerk'] }), inserted({ id: 1 }))).toBe('all')
    const other = inserted({ id: 1 }, { table: { ...table, name: 'other' } })
    expect(rules.see(somebody(), other)).toEqual({ before: null, after: ['note'] })
    expect(rules.see(somebody(), inserted({ id: 1 }, { truncated: true }))).not.toBeNull()
  })

  test('can differ between the row before and the row after', () => {
    const rules = rulesOf(
      '{ tables: { bookings: [{ where: "new.n == 1", hide: [a] }, { where: "new.n == 2" }] } }',
    )
    const update = inserted(
      {},
      { op: 'UPDATE', oldRow: '{"id": 1, "n": 1, "a": 1}', newRow: '{"id": 1, "n": 2}' },
    )
    expect(rules.see(somebody(), update)).toEqual({ before: ['a'], after: [] })
  })
})

describe('an event', () => {
  test('without a table obeys the policy of its name, whose conditions look at its data', () => {
    const rules = rulesOf('{ events: { "CHAT_*": [{ where: "new.to == auth.sub" }] } }')
    const line = (to: string): JudgedEvent => ({
      ...eventOf(1, 1, { kind: 'published', eventType: 'CHAT_LINE', data: JSON.stringify({ to }) }),
    })
    expect(rules.see(somebody({ user: 'u1' }), line('u1'))).toBe('all')
    expect(rules.see(somebody({ user: 'u1' }), line('u2'))).toBeNull()
  })

  test('without a table that no policy names obeys `default`', () => {
    const event = eventOf(1, 1, { kind: 'published', eventType: 'NOTE' })
    expect(rulesOf('{ default: allow }').see(somebody(), event)).toBe('all')
    expect(rulesOf('{ default: deny }').see(somebody(), event)).toBeNull()
  })

  test('whose conditions take too much work is denied, though another rule allows it', () => {
    const loop = 'new.list.all(a, new.list.all(b, a >= 0 && b >= 0))'
    const rules = rulesOf(`{ events: { NOTE: [{ where: "${loop}" }, { where: "true" }] } }`)
    const note = (size: number) => {
      const data = JSON.stringify({ list: Array.from({ length: size }, () => 1) })
      return eventOf(1, 1, { kind: 'published', eventType: 'NOTE', data })
    }
    expect(rules.see(somebody(), note(5))).toBe('all')
    expect(rules.see(somebody(), note(1_000))).toBeNull()
  })

  test('of a table that he sees can be kept from him by its name', () => {
    const rules = rulesOf('{ events: { EXITED: [{ roles: boss }] } }')
    const event = { ...inserted({ id: 1 }), kind: 'business' as const, eventType: 'EXITED' }
    expect(rules.see(somebody({ roles: ['boss'] }), event)).toBe('all')
    expect(rules.see(somebody(), event)).toBeNull()
    expect(rules.see(somebody(), inserted({ id: 1 }))).toBe('all')
  })
})

describe('the key of an identity', () => {
  const yaml = `{ tables: { bookings: [{ roles: clerk }, { roles: customer, where: "new.owner == auth.sub" },
    { roles: nurse, where: "new.ward == auth.ward" }, { roles: agent, tenant: tenant_id }] } }`
  const { keyOf } = rulesOf(yaml)

  test('is one for all of a role that sees everything, whoever they are', () => {
    const keys = Array.from({ length: 500 }, (_, n) =>
      keyOf(somebody({ user: `u${n}`, tenant: `t${n}`, roles: ['clerk'], claims: { ward: n, jti: n } })),
    )
    expect(new Set(keys).size).toBe(1)
  })

  test.each([
    ['customer', 'user', true],
    ['customer', 'tenant', false],
    ['customer', 'ward', false],
    ['nurse', 'ward', true],
    ['nurse', 'user', false],
    ['agent', 'tenant', true],
    ['agent', 'user', false],
  ])('of a %s depends on %s: %s', (role, field, depends) => {
    const key = (value: string) =>
      keyOf(
        somebody({
          roles: [role],
          user: field === 'user' ? value : 'u',
          tenant: field === 'tenant' ? value : 't',
          claims: { ward: field === 'ward' ? value : 'w' },
        }),
      )
    expect(key('a') !== key('b')).toBe(depends)
  })

  test('holds everything where a condition looks at `auth` as a whole', () => {
    const whole = rulesOf('{ tables: { bookings: [{ where: "size(auth) > 5" }] } }')
    const key = (claims: object) => whole.keyOf(somebody({ claims: { ...claims } }))
    expect(key({ a: 1 })).not.toBe(key({ a: 2 }))
    expect(key({ a: 1 })).toBe(key({ a: 1 }))
  })

  test('tells a claim that is null from one that is not there', () => {
    const key = (claims: Identity['claims']) => keyOf(somebody({ roles: ['nurse'], claims }))
    expect(key({ ward: null })).not.toBe(key({}))
  })
})

describe('sending', () => {
  const clerk = somebody({ roles: ['clerk'] })

  test('is for everybody without rules, for nobody with an empty list', () => {
    const event = { eventType: 'NOTE', room: null }
    expect(rulesOf('{ default: deny }').mayPublish(somebody(), event)).toBe(true)
    expect(rulesOf('{ publish: [] }').mayPublish(clerk, event)).toBe(false)
  })

  test.each([
    ['an event and a room that a rule names', 'CHAT_LINE', 'order_1', true],
    ['another event', 'NOTE', 'order_1', false],
    ['another room', 'CHAT_LINE', 'yard', false],
    ['everybody, where rooms are named', 'CHAT_LINE', null, false],
    ['what a rule denies', 'CHAT_END', 'order_1', false],
  ])('%s', (_title, eventType, room, may) => {
    const rules = rulesOf(
      '{ publish: [{ roles: clerk, events: "CHAT_*", rooms: "order_*" }, { deny: true, events: CHAT_END }] }',
    )
    expect(rules.mayPublish(clerk, { eventType, room })).toBe(may)
    expect(rules.mayPublish(somebody({ roles: ['guest'] }), { eventType, room })).toBe(false)
  })
})

test('a verdict is found once for all who see the same', () => {
  const rules = rulesOf('{ tables: { bookings: [{ roles: customer, where: "new.open", hide: [note] }] } }')
  const event = inserted({ id: 1, open: true, note: 'x' })
  const [first, second] = ['u1', 'u2'].map(user => rules.see(somebody({ user, roles: ['customer'] }), event))
  expect(first).toBe(second)
})
