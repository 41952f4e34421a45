import { describe, expect, test } from 'vitest'
import { compileExpression, tryCompile } from '../../src/expressions/compile-expression.ts'
import { readRow } from '../../src/expressions/row.ts'
import type { Scope } from '../../src/expressions/scope.ts'
import { toValue } from '../../src/expressions/to-value.ts'

const newRow = `{"seats": 3, "amount": 10.10, "total_amount": 10, "big": 9007199254740993, "status": "PAID",
  "note": null, "tags": ["a", "urgent"], "address": {"city": "Sousse", "zip": 4000.00}, "__proto__": 1}`

const insert: Scope = { old: null, new: readRow(newRow), op: 'INSERT', table: 'bookings', origin: 'desk-1' }

function evaluate(source: string, scope: Scope = insert): unknown {
  return compileExpression(source).evaluate(scope)
}

describe('numbers', () => {
  test.each([
    ['new.seats > 2', true],
    ['new.seats == 3', true],
    ['new.seats == 3.0', true],
    ['new.amount >= 10.5', false],
    ['new.amount > 10', true],
    ['new.amount == 10.10', true],
    ['new.total_amount > 10', false],
    ['new.total_amount == 10', true],
    ['new.total_amount >= 10.0', true],
    ['new.total_amount < new.amount', true],
    ['new.big == 9007199254740993', true],
    ['new.big > 9007199254740992', true],
    ['new.seats in [1, 2, 3]', true],
    ['new.seats * new.amount > 30', true],
    ['new.total_amount * 1.5', 15],
    ['new.total_amount + 0.5', 10.5],
    ['1.5 + 2', 3.5],
    ['new.seats / 2', 1n],
    ['-new.seats', -3n],
    ['new.seats % 2 == 1', true],
  ])('%s is %s', (source, expected) => {
    expect(evaluate(source)).toEqual(expected)
  })
})

describe('values', () => {
  test.each([
    ['new.note == null', true],
    ['new.status != null', true],
    ['has(new.note)', true],
    ['has(new.missing)', false],
    ['has(old.status)', false],
    ['old == null', true],
    ['"status" in new', true],
    ['new["status"]', 'PAID'],
    ['new.address.city == "Sousse"', true],
    ['"urgent" in new.tags', true],
    ['new.tags.exists(t, t == "urgent")', true],
    ['new.tags.filter(t, t != "a").size() == 1', true],
    ['new.tags.map(t, t + "!").join(",")', 'a!,urgent!'],
    ['new.status.matches("^P.*D$")', true],
    ['"\\u00e9\\n\\"".size() == 3 && new.tags.all(t, t != "\\u00e9\\n\\"")', true],
    ['new.tags.exists(t, 3 - (2 - 1) == 2)', true],
    ['op == "INSERT" && table == "bookings" && origin == "desk-1"', true],
    ['op == "INSERT" || old.status == "X"', true],
  ])('%s is %s', (source, expected) => {
    expect(evaluate(source)).toEqual(expected)
  })

  test.each([
    ['2026-11-27T10:11:02.123456+00:00', '2026-11-27T10:11:02.123Z'],
    ['2026-11-27T15:41:02.1234+05:30', '2026-11-27T10:11:02.123Z'],
    ['2026-11-27T10:11:02+00:00', '2026-11-27T10:11:02.000Z'],
  ])('timestamp() reads %s, as PostgreSQL prints it', (printed, instant) => {
    const scope: Scope = { ...insert, new: readRow(`{"at": "${printed}"}`) }
    expect(evaluate(`timestamp(new.at) == timestamp("${instant}")`, scope)).toBe(true)
    expect(evaluate('timestamp(new.at) > timestamp("2026-11-27T10:11:01Z")', scope)).toBe(true)
  })

  test('sees who looks, with whole numbers as integers', () => {
    const scope = { ...insert, auth: toValue({ user: 7, roles: ['desk'], __proto__: null }) }
    expect(evaluate('auth.user == 7 && "desk" in auth.roles', scope)).toBe(true)
  })
})

describe('failures', () => {
  test.each([
    ['new.missing == 1', /no column "missing" in `new`/],
    ['old.status == "X"', /`old` is null on INSERT/],
    ['new.note > 1', /null > int/],
    ['new.seats / 0', /division by zero/],
    ['9223372036854775807 + new.seats', /numeric overflow/],
    ['new.status.matches(new.tags[0] + "[")', /regular expression of matches\(\) .*missing closing \]/],
  ])('%s says what is wrong', (source, message) => {
    expect(() => evaluate(source)).toThrow(message)
    expect(() => evaluate(source)).toThrow(expect.objectContaining({ code: 'RTB_EXPRESSION_FAILED' }))
  })

  test.each([
    'bool(new.secret)',
    'int(new.secret)',
    'duration(new.secret)',
    'timestamp(new.secret)',
    'old[new.secret]',
    'new[new.secret]',
    '"x".matches(new.secret)',
    'new.secret.substring(99)',
    '{"a": 1}[new.secret]',
  ])('%s fails without showing the row', source => {
    const scope: Scope = { ...insert, old: readRow('{}'), new: readRow('{"secret": "hunter2("}') }
    expect(() => evaluate(source, scope)).toThrow()
    try {
      evaluate(source, scope)
    } catch (error) {
      expect(`${error} ${JSON.stringify(error)} ${(error as Error).cause}`).not.toContain('hunter2')
    }
  })

  test('a condition that is not a boolean fails', () => {
    expect(() => compileExpression('new.status').test(insert)).toThrow(/not true or false/)
    expect(compileExpression('new.seats == 3').test(insert)).toBe(true)
  })
})

describe('JSON', () => {
  test.each([
    ['new.amount', '10.10'],
    ['new.big', '9007199254740993'],
    ['new.address', '{"city": "Sousse", "zip": 4000.00}'],
    ['new.address.zip', '4000.00'],
    ['new', newRow],
    ['old', 'null'],
    ['[new.big, 1]', '[9007199254740993,1]'],
    ['{"a": new.note, "b": new.status}', '{"a":null,"b":"PAID"}'],
    ['timestamp("2026-01-02T03:04:05Z")', '"2026-01-02T03:04:05.000Z"'],
    ['duration("90s")', '"90s"'],
    ['b"abc"', '"YWJj"'],
    ['3u', '3'],
    ['double("NaN")', '"NaN"'],
    ['new.seats > 2', 'true'],
    ['new.address.city + "!"', '"Sousse!"'],
  ])('%s is written as %s', (source, json) => {
    expect(compileExpression(source).toJson(insert)).toBe(json)
  })

  test.each(['new.missing', 'new.address.missing', 'new.seats.x', 'old.status'])('%s fails', source => {
    expect(() => compileExpression(source).toJson(insert)).toThrow(
      expect.objectContaining({ code: 'RTB_EXPRESSION_FAILED' }),
    )
  })

  test('tells a plain path from a computed value', () => {
    expect(compileExpression('new.amount').rawPath).toEqual({ row: 'new', names: ['amount'] })
    expect(compileExpression('new.amount + 1').rawPath).toBeNull()
    expect(compileExpression('op').rawPath).toBeNull()
  })
})

describe('what others can know of an expression', () => {
  test('the columns it reads', () => {
    const { reads } = compileExpression(
      'new.a == 1 && (old["b"] == new.a || size(new) > 2) && op == "UPDATE"',
    )
    expect(reads).toEqual(['new.a', 'old.b', 'new'])
  })

  test.each([
    [
      'new.a == "x" && 7 == new.b',
      [
        { column: 'a', values: ['x'] },
        { column: 'b', values: [7] },
      ],
    ],
    ['new.a in [1, 2.5, -3, true]', [{ column: 'a', values: [1, 2.5, -3, true] }]],
    ['new.a == 1 || old["a"] == 2 || new.a == 1', [{ column: 'a', values: [1, 2] }]],
    ['new.a == 1 || new.b == 2', []],
    ['(new.a == 1 && new.b == 1) || (new.c == 1 && new.b == 2)', [{ column: 'b', values: [1, 2] }]],
    ['new.a in []', [{ column: 'a', values: [] }]],
    ['new.a == null', []],
    ['new.a in [1, null]', []],
    ['new.a in [1, new.b]', []],
    ['!(new.a == 1)', []],
    ['new.a == 1 ? new.b == 1 : new.b == 2', []],
  ])('the values that a column must have for %s', (source, choices) => {
    expect(compileExpression(source).choices).toEqual(choices)
  })
})

describe('what is refused', () => {
  test.each([
    ['', 0, /empty/],
    ['new.status ==', 13, /Unexpected token/],
    ['status == "PAID"', 0, /`new\.status`/],
    ['op == 1', 0, /string == int/],
    ['new.a && "x"', 0, /bool/],
    [`new.a == "${'x'.repeat(4000)}"`, 0, /longer than 4000/],
    ['cel.bind(x, new.a + new.a, x + x)', 0, /cel\.bind/],
    ['new.a.exists(x, x.exists(y, y.exists(z, z)))', 0, /loops inside/],
    ['  new.a.matches("(a")', 16, /regular expression .*missing closing \)/],
    ['new.a.matches("x(?=y)")', 14, /Perl syntax at `\(\?=`/],
    [
      ['a', 'b', 'c'].map(char => `new.${char}.matches("${`${char}{999}`.repeat(3)}")`).join(' && '),
      92,
      /too large together/,
    ],
    [Array.from({ length: 400 }, () => 'op').join('+'), 0, /nodes/i],
    [`${'('.repeat(200)}1${')'.repeat(200)}`, 0, /depth/i],
    [`[${'1,'.repeat(300)}1]`, 0, /elements/i],
  ])('%s', (source, offset, problem) => {
    const result = tryCompile(source)
    expect(result).toHaveProperty('problem', expect.stringMatching(problem))
    if (offset > 0) expect(result).toHaveProperty('offset', offset)
  })

  test('a variable that was not offered, with the reason for `auth`', () => {
    expect(() => compileExpression('auth.role == "x"', { variables: ['old', 'new'] })).toThrow(/roles/)
    expect(() => compileExpression('new.x == 1 +')).toThrow(
      expect.objectContaining({ code: 'RTB_EXPRESSION_INVALID' }),
    )
  })
})

describe('work is bounded', () => {
  const many = readRow(`{"list": [${'1,'.repeat(100_000)}1], "text": "${'a'.repeat(500_000)}"}`)
  const scope: Scope = { ...insert, new: many }

  test.each([
    'new.list.exists(x, new.list.exists(y, y == 7))',
    'new.list.all(x, new.list.map(y, x + y).size() > 0)',
    'new.list.exists(x, new.text.contains("b"))',
    'new.list.map(x, new.text).size() > 1',
    `[${Array.from({ length: 60 }, () => 'new.text').join('+')}].exists(a, [${Array.from({ length: 60 }, () => 'a').join('+')}].exists(b, b.contains("z")))`,
    `(${Array.from({ length: 90 }, () => 'new.list').join('+')}).size() > 0`,
    'new.list.map(x, "ab").join(new.text).size() > 1',
    'new.text.matches("(a+a+)+b")',
    `[${Array.from({ length: 100 }, (_, i) => `"${i}"`).join()}].exists(x, "a".matches("b{900}" + x))`,
  ])('%s ends with an error', source => {
    expect(() => evaluate(source, scope)).toThrow(/too much work|too large/)
  })

  test('an ordinary loop over a long list is allowed', () => {
    expect(evaluate('new.list.exists(x, x == 7)', scope)).toBe(false)
  })

  test('one evaluation does not use up the budget of the next', () => {
    const expression = compileExpression('new.list.exists(x, x == 7)')
    for (let i = 0; i < 10; i++) expect(expression.test(scope)).toBe(false)
  })
})
