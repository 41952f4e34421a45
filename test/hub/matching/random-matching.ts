import fc from 'fast-check'
import type { Event } from '../../../src/domain/event.ts'
import type { SubscriptionSpec } from '../../../src/domain/subscription.ts'
import { eventOf } from '../memory-history.ts'

const columns = ['a', 'b', 'n'] as const
const constants = ['5', '5.0', '-5', '"5"', '"a"', 'true', '9007199254740993', '9007199254740992.0', '0']
/** What rows have: the same numbers printed in other ways, and what no constant equals. */
const rawValues = [
  ...['5', '5.0', '5e0', '-5', '-5.0', '0', '-0', '9007199254740993', '9007199254740992'],
  ...['"5"', '"a"', '"\\u0061"', '"b"', 'true', 'false', 'null', '[5]', '{"a": 5}'],
]

const column = fc.constantFrom(...columns)
const constant = fc.constantFrom(...constants)

const comparison = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom('new', 'new', 'new', 'old'), column, constant, fc.nat(3))
      .map(([row, name, value, form]) => {
        if (form === 0) return `${value} == ${row}.${name}`
        return form === 1 ? `${row}["${name}"] == ${value}` : `${row}.${name} == ${value}`
      }),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(column, fc.array(fc.constantFrom(...constants, 'null'), { minLength: 0, maxLength: 3 }))
      .map(([name, values]) => `new.${name} in [${values.join(', ')}]`),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'new.n > 3',
      'new.a != 5',
      'new.a == null',
      'op == "UPDATE"',
      'table == "t1"',
      'has(new.a)',
      'new.a == new.b',
      'old.a != new.a',
    ),
  },
)

/** Conditions of every shape, of which an index understands some. */
export const condition: fc.Arbitrary<string> = fc.letrec<{ any: string }>(tie => ({
  any: fc.oneof(
    { weight: 4, arbitrary: comparison },
    { weight: 2, arbitrary: fc.tuple(tie('any'), tie('any')).map(([a, b]) => `(${a}) && (${b})`) },
    { weight: 2, arbitrary: fc.tuple(tie('any'), tie('any')).map(([a, b]) => `(${a}) || (${b})`) },
    { weight: 1, arbitrary: tie('any').map(a => `!(${a})`) },
    {
      weight: 1,
      arbitrary: fc.tuple(tie('any'), tie('any')).map(([a, b]) => `(${a}) ? (${b}) : new.b == 5`),
    },
  ),
})).any

const someOf = (...names: string[]) =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constant<string[]>([]) },
    { weight: 3, arbitrary: fc.array(fc.constantFrom(...names), { maxLength: 3 }) },
  )

/** A subscription but for its id. */
export const subscription: fc.Arbitrary<Omit<SubscriptionSpec, 'id'>> = fc.record({
  events: someOf('INSERT', 'UPDATE', 'DELETE', 'PAID', 'PA*', '*'),
  tables: someOf('t1', 't2', 't?', '*'),
  channels: fc.oneof({ weight: 4, arbitrary: fc.constant<string[]>([]) }, fc.constant(['c1'])),
  rooms: fc.oneof({ weight: 3, arbitrary: fc.constant<string[]>([]) }, someOf('r1', 'r2')),
  where: fc.option(condition, { freq: 4 }),
  conflateMs: fc.option(fc.constantFrom(100, 500), { freq: 2 }),
})

const row = fc
  .uniqueArray(fc.tuple(column, fc.constantFrom(...rawValues)), { selector: ([name]) => name, maxLength: 3 })
  .map(members => `{${members.map(([name, raw]) => `"${name}": ${raw}`).join(', ')}}`)
/** Now and then a row that cannot be read. */
const anyRow = fc.oneof({ weight: 30, arbitrary: row }, fc.constant('{"a": 5, "b"'))

/** An event but for its place in the stream. */
export const happening = fc.record({
  op: fc.constantFrom<Event['op'][]>('INSERT', 'UPDATE', 'UPDATE', 'UPDATE', 'DELETE', 'TRUNCATE', 'PUBLISH'),
  isBusiness: fc.boolean(),
  table: fc.constantFrom('t1', 't2', 't3'),
  old: anyRow,
  new: anyRow,
  channel: fc.option(fc.constant('c1')),
  rooms: fc.option(fc.subarray(['r1', 'r2', 'user:u0', 'user:u1'], { minLength: 1 }), { freq: 2 }),
  roles: fc.option(fc.constant(['clerk']), { freq: 1 }),
  truncated: fc.integer({ min: 0, max: 9 }).map(n => n === 0),
  origin: fc.option(fc.constantFrom('client-0', 'client-1')),
})

/** The event of a happening. */
export function toEvent(nth: number, tx: number, each: Happening): Event {
  const { op, table, rooms, roles, origin } = each
  const isPublished = op === 'PUBLISH'
  const oldRow = op === 'UPDATE' || op === 'DELETE' ? each.old : null
  const newRow = op === 'INSERT' || op === 'UPDATE' || isPublished ? each.new : null
  const truncated = each.truncated && !isPublished && op !== 'TRUNCATE'
  const { change } = eventOf(nth, tx)
  const isBusiness = each.isBusiness && !isPublished
  return eventOf(nth, tx, {
    op,
    kind: isPublished ? 'published' : isBusiness ? 'business' : 'table',
    eventType: isPublished || isBusiness ? 'PAID' : op,
    table: isPublished ? null : table,
    channel: isPublished ? null : each.channel,
    id: null,
    data: isBusiness || op === 'TRUNCATE' ? '{"a": 5}' : readable(newRow ?? oldRow ?? '{}'),
    rooms,
    roles,
    origin,
    truncated,
    change: { ...change, op, table: { ...change.table, name: table }, oldRow, newRow, origin, truncated },
  })
}

export type Happening = typeof happening extends fc.Arbitrary<infer Value> ? Value : never

/** Data is spliced into frames, which the test reads. */
function readable(text: string): string {
  return text.endsWith('}') ? text : '{}'
}
