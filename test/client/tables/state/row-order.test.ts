import { describe, expect, test } from 'vitest'
import { createRowOrder, end } from '../../../../src/client/tables/state/row-order.ts'
import { type OrderTerm, readTableRequest } from '../../../../src/client/tables/state/table-request.ts'
import type { OrderBy } from '../../../../src/protocol/messages.ts'
import { createTestDatabase } from '../../../support/test-database.ts'
import { createRandom } from '../model-database.ts'

const database = await createTestDatabase()

/** Values that are awkward to order, as SQL literals; `texts` reads them as an app does whose `parse` keeps all digits. */
const zoo: readonly { type: string; values: readonly string[]; isText?: true }[] = [
  { type: 'integer', values: ['-1', '0', '10', '9', '2147483647', '-2147483648'] },
  {
    type: 'bigint',
    isText: true,
    values: [
      '9007199254740993',
      '9007199254740992',
      '-9223372036854775808',
      '9223372036854775807',
      '7',
      '-7',
      '0',
    ],
  },
  {
    type: 'numeric',
    isText: true,
    values: [
      '0',
      '0.1',
      '0.10',
      '-0.1',
      '0.09',
      '0.100000000000000000001',
      '123456789012345678901234567890',
      '-123456789012345678901234567890.5',
      '12345678901234567890123456789.99',
      'NaN',
      'Infinity',
      '-Infinity',
      '1e30',
      '1e-30',
      '-1e-30',
    ],
  },
  {
    type: 'numeric',
    values: ['0', '0.1', '0.10', '-2.5', 'NaN', 'Infinity', '-Infinity', '99999999999999', '1e-9'],
  },
  {
    type: 'text',
    values: [
      '',
      ' ',
      'a',
      'A',
      'Z',
      'é',
      'z',
      'aa',
      'ab',
      '\uE000',
      '\uFFFD',
      '\u{10000}',
      '😀',
      'a\u{10FFFF}',
      'a\uFFFF',
      '\uD7FF',
    ],
  },
  { type: 'character varying', values: ['', 'b ', 'b', 'b!', '😀', '\uFB01'] },
  { type: 'character(4)', values: ['', 'a', 'a b', 'ab', 'a\t', '😀'] },
  { type: 'boolean', values: ['true', 'false'] },
  {
    type: 'uuid',
    values: [
      '00000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
      '9a000000-0000-4000-8000-000000000000',
      'A0000000-0000-4000-8000-000000000000',
    ],
  },
  {
    type: 'date',
    values: [
      '2026-11-20',
      '0001-01-01',
      '0001-12-31 BC',
      '4713-01-01 BC',
      '5874897-12-31',
      '10000-01-01',
      '2000-02-29',
      '1900-03-01',
      '1969-12-31',
      '0004-02-29',
      'infinity',
      '-infinity',
      '0099-06-15',
    ],
  },
  {
    type: 'timestamp without time zone',
    values: [
      '2026-11-20 10:00',
      '2026-11-20 10:00:00.000001',
      '2026-11-20 09:59:59.999999',
      '294276-12-31 23:59:59.999999',
      '4713-01-01 00:00 BC',
      '0044-03-15 12:00 BC',
      '0044-03-16 BC',
      '1969-12-31 23:59:59.5',
      'infinity',
      '-infinity',
    ],
  },
  {
    type: 'timestamp with time zone',
    values: [
      '2026-03-29 00:59:59.999999Z',
      '2026-03-29 01:00Z',
      '2026-03-29 01:00:00.000001Z',
      '2026-10-25 00:30Z',
      '2026-10-25 01:30Z',
      '1880-01-01 12:00:00Z',
      '1880-01-01 12:00:01Z',
      '0044-03-15 12:00Z BC',
      '294276-12-31 23:59Z',
      'infinity',
      '-infinity',
      '1970-01-01Z',
    ],
  },
]

/** Offsets with minutes, with seconds (before 1900), and with summer time. */
const zones = ['UTC', 'Asia/Kolkata', 'Europe/Amsterdam', 'America/St_Johns', 'Africa/Monrovia']
const seed = Number(process.env['RTBRIDGE_TEST_SEED'] ?? Date.now() % 1_000_000)

describe.each(zoo)(
  'rows by a column of type $type ($values.length values)',
  ({ type, values, isText = false }) => {
    test.each(orders())(`are in the order of SQL: $direction, NULLs $nulls (seed ${seed})`, async order => {
      const random = createRandom(seed)
      const cells = [...values, ...values, null, null].map((value, index) => ({ id: index + 1, value }))
      const rows = await print(type, cells, order)
      const columns = [
        { name: 'id', type: 'integer' },
        { name: 'v', type: type.replace(/\(.*\)/, '') },
      ]
      const { order_by: orderBy } = readTableRequest('t', { orderBy: { column: 'v', ...order } as OrderTerm })
      const placeOf = createRowOrder(orderBy, { key: ['id'], columns })
      const places = rows.map(({ id, printed }) => {
        const text = printed[random(zones.length)] ?? null
        const value = text === null ? null : isText ? text.replace(/^"|"$/g, '') : JSON.parse(text)
        return { id, place: placeOf(String(id), { id, v: value }) }
      })
      const expected = places.map(({ id }) => id)
      const mixed = places.map(row => ({ ...row, at: random(1_000) })).sort((a, b) => a.at - b.at)
      expect(inOrder(mixed)).toEqual(expected)
    })
  },
)

test('a key of several columns decides among equals, each by its type', async () => {
  const ids = ['["9","b"]', '["10","a"]', '["9","é"]', '["9","B"]', '["-1","😀"]']
  const columns = [
    { name: 'n', type: 'bigint' },
    { name: 's', type: 'text' },
    { name: 'x', type: 'text' },
  ]
  const placeOf = createRowOrder([{ column: 'x' }], { key: ['n', 's'], columns })
  expect(inOrder(ids.map(id => ({ id, place: placeOf(id, { x: 'same' }) })))).toEqual([
    '["-1","😀"]',
    '["9","B"]',
    '["9","b"]',
    '["9","é"]',
    '["10","a"]',
  ])
})

test('a big key is ordered by all of its digits, even where the JSON reader rounds it', () => {
  const placeOf = createRowOrder([{ column: 'id', direction: 'desc' }], {
    key: ['id'],
    columns: [{ name: 'id', type: 'bigint' }],
  })
  const ids = ['9007199254740992', '9007199254740993']
  const rows = ids.map(id => ({ id, place: placeOf(id, { id: Number(id) }) }))
  expect(inOrder(rows)).toEqual(['9007199254740993', '9007199254740992'])
})

test.each(['asc', 'desc'] as const)(
  'a row whose place is not known stands right behind the one it came after: %s',
  direction => {
    const columns = [{ name: 'a', type: 'text' }]
    const { order_by: orderBy } = readTableRequest('t', {
      orderBy: [{ column: 'a', direction, nulls: 'first' }, 'b'],
    })
    const placeOf = createRowOrder(orderBy, { key: ['id'], columns })
    const values = direction === 'asc' ? [null, '', ' ', 'a', 'aa', 'b'] : [null, 'b', 'aa', 'a', ' ', '']
    const first = { id: 'first', place: end }
    const rows = [first, { id: 'second', place: first.place + end }]
    for (const [at, a] of values.entries()) {
      const place = placeOf(`${at}`, { a, b: null })
      rows.push({ id: `${at}`, place }, { id: `${at} behind`, place: place + end })
    }
    expect(inOrder([...rows].reverse())).toEqual(rows.map(({ id }) => id))
  },
)

/** The ids of rows, by their places. */
function inOrder<Id>(rows: readonly { readonly id: Id; readonly place: string }[]): Id[] {
  return [...rows].sort((a, b) => (a.place < b.place ? -1 : Number(a.place > b.place))).map(({ id }) => id)
}

function orders(): Pick<OrderBy, 'direction' | 'nulls'>[] {
  return (['asc', 'desc'] as const).flatMap(direction =>
    ([undefined, 'first', 'last'] as const).map(nulls => ({ direction, nulls })),
  )
}

/** The rows in SQL's order, each printed as JSON in each of the zones. */
async function print(
  type: string,
  cells: readonly { readonly id: number; readonly value: string | null }[],
  { direction, nulls }: Pick<OrderBy, 'direction' | 'nulls'>,
): Promise<{ id: number; printed: (string | null)[] }[]> {
  const v = { 'character(4)': 'textin(bpcharout(v))' }[type] ?? 'v'
  const collate = /^(text|char)/.test(type) ? 'COLLATE "C"' : ''
  const end = nulls === undefined ? '' : `NULLS ${nulls}`
  const values = [cells.map(({ id }) => id), cells.map(({ value }) => value)]
  const printed = new Map<number, (string | null)[]>()
  for (const zone of zones) {
    const { rows } = await database.query<{ id: number; text: string | null }>(
      `SELECT id, to_jsonb(v)::text AS text
       FROM (SELECT id, value::${type} AS v, set_config('TimeZone', '${zone}', true) FROM unnest($1::int[], $2::text[]) u (id, value) OFFSET 0) s
       ORDER BY ${v} ${collate} ${direction} ${end}, id`,
      values,
    )
    for (const { id, text } of rows) printed.set(id, [...(printed.get(id) ?? []), text])
  }
  return [...printed].map(([id, texts]) => ({ id, printed: texts }))
}
