import fc from 'fast-check'
import type { PlainChange, PlainIdentity, PlainPolicies, PlainRow, PlainRule } from './policy-world.ts'
import { policyConditions, subscriptionConditions, twinRules } from './policy-world.ts'

const roles = ['clerk', 'customer', 'boss']
const users = ['u1', 'u2', 'u3']
const tenants = ['t1', 't2']
const columns = ['secret', 'note', 'status', 'owner', 'tenant', 'amount']
const publishedTypes = ['CHAT_LINE', 'CHAT_END']

const rule: fc.Arbitrary<PlainRule> = fc.record({
  deny: fc.boolean(),
  roles: fc.option(fc.subarray(roles, { minLength: 1 }), { nil: null, freq: 3 }),
  tenant: fc.nat(5).map(n => n === 0),
  where: fc.option(fc.constantFrom(...policyConditions), { nil: null, freq: 2 }),
  hide: fc.subarray(columns, { maxLength: 3 }),
})

/** Denying rules are rarer, or nobody would see anything. */
const someRules = fc.array(
  fc.tuple(rule, fc.nat(4)).map(([made, n]) => ({ ...made, deny: made.deny && n === 0 })),
  { minLength: 1, maxLength: 4 },
)

const policies: fc.Arbitrary<PlainPolicies> = fc.record({
  default: fc.constantFrom('allow' as const, 'allow' as const, 'deny' as const),
  tables: fc.record({ bookings: someRules, queue: someRules }, { requiredKeys: ['bookings'] }),
  events: fc.dictionary(
    fc.constantFrom(...twinRules.map(twin => twin.rule.eventType), ...publishedTypes),
    someRules,
    { maxKeys: 2, noNullPrototype: true },
  ),
})

const identity: fc.Arbitrary<PlainIdentity> = fc.record({
  user: fc.option(fc.constantFrom(...users), { nil: null }),
  roles: fc.subarray(roles),
  tenant: fc.option(fc.constantFrom(...tenants), { nil: null }),
  claims: fc.record(
    { department: fc.constantFrom('day', 'night'), clearance: fc.constantFrom(5, 15, 50) },
    { requiredKeys: [] },
  ),
})

const step = fc.record({
  table: fc.constantFrom('bookings', 'queue'),
  do: fc.constantFrom('write', 'write', 'write', 'write', 'write', 'delete', 'rekey', 'truncate', 'publish'),
  id: fc.integer({ min: 1, max: 3 }),
  tooLarge: fc.nat(9).map(n => n === 0),
  changes: fc.record(
    {
      owner: fc.constantFrom(...users, null),
      tenant: fc.constantFrom(...tenants, null),
      status: fc.constantFrom('OPEN', 'PAID', 'GONE'),
      amount: fc.constantFrom(5, 10, 20, 100),
      secret: fc.constant('fresh'),
      note: fc.constant('fresh'),
    },
    { requiredKeys: [] },
  ),
})

const desk = fc.record({
  identity,
  where: fc.option(fc.constantFrom(...subscriptionConditions), { nil: null, freq: 2 }),
  batch: fc.boolean(),
  rooms: fc.subarray(users.map(user => `owner:${user}`)),
  /** How it begins: now, or with what happened before. */
  begins: fc.constantFrom('fresh' as const, 'resume' as const, 'since' as const),
  /** After how many changes it connects, signs in as somebody else, and ends. */
  times: fc.tuple(fc.nat(40), fc.nat(40), fc.nat(60)),
  later: identity,
})

export type Desk = typeof desk extends fc.Arbitrary<infer Value> ? Value : never
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

/** Policies, what happens to the rows, and who looks. */
export const scenario = fc.record({
  policies,
  changes: fc.array(step, { minLength: 5, maxLength: 40 }).map(toChanges),
  desks: fc.array(desk, { minLength: 2, maxLength: 4 }),
  batchSize: fc.integer({ min: 1, max: 6 }),
  tailBytes: fc.constantFrom(0, 4_000, 1_000_000),
})

/** Plays the steps; every text that could be a secret is there once. */
function toChanges(steps: readonly Step[]): readonly PlainChange[] {
  const tables = new Map<string, Map<number, PlainRow>>()
  return steps.flatMap((each, index): PlainChange[] => {
    const rows = tables.get(each.table) ?? new Map<number, PlainRow>()
    tables.set(each.table, rows)
    const made = play(each, rows, index + 1)
    return made === null ? [] : [each.tooLarge && made.op !== 'PUBLISH' ? truncate(made) : made]
  })
}

function play(step: Step, rows: Map<number, PlainRow>, seq: number): PlainChange | null {
  const { table, id } = step
  const old = rows.get(id) ?? null
  const change = { seq, table, old, new: null, truncated: false }
  const written = { ...(old ?? fresh(id, seq)), ...filled(step, seq) }
  switch (step.do) {
    case 'truncate':
      rows.clear()
      return { ...change, op: 'TRUNCATE', old: null }
    case 'publish': {
      const { status = 'OPEN', owner = null } = step.changes
      const data = { text: `text-${seq}`, status, owner }
      return { ...change, op: 'PUBLISH', table: publishedTypes[id % 2] ?? '', old: null, new: data }
    }
    case 'delete':
      rows.delete(id)
      return old === null ? null : { ...change, op: 'DELETE' }
    case 'rekey': {
      if (old === null || rows.has(id + 10)) return null
      rows.delete(id)
      rows.set(id + 10, { ...written, id: id + 10 })
      return { ...change, op: 'UPDATE', new: { ...written, id: id + 10 } }
    }
    default:
      if (JSON.stringify(old) === JSON.stringify(written)) return null
      rows.set(id, written)
      return { ...change, op: old === null ? 'INSERT' : 'UPDATE', new: written }
  }
}

function fresh(id: number, seq: number): PlainRow {
  const texts = { secret: `secret-${seq}`, note: `note-${seq}` }
  return { id, owner: 'u1', tenant: 't1', status: 'OPEN', amount: 10, ...texts }
}

function filled({ changes }: Step, seq: number): PlainRow {
  const { secret, note, ...plain } = changes
  return {
    ...plain,
    ...(secret === undefined ? {} : { secret: `secret-${seq}` }),
    ...(note === undefined ? {} : { note: `note-${seq}` }),
  }
}

/** Only the key is kept of a row that is too large. */
function truncate(change: PlainChange): PlainChange {
  const key = (row: PlainRow | null) => (row === null ? null : { id: row['id'] ?? null })
  return change.op === 'TRUNCATE'
    ? change
    : { ...change, old: key(change.old), new: key(change.new), truncated: true }
}
