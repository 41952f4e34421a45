import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Term } from '../../src/domain/rule-outcome.ts'
import { ruleVariables } from '../../src/expressions/compile-event-rule.ts'
import { compileExpression } from '../../src/expressions/compile-expression.ts'
import { explainExpression } from '../../src/expressions/explain/explain-expression.ts'
import { readRow } from '../../src/expressions/row.ts'
import type { Scope } from '../../src/expressions/scope.ts'

const update: Scope = {
  old: readRow('{"status": "CANCELLED", "seats": 2, "amount": 10.10, "note": null}'),
  new: readRow('{"status": "CANCELLED", "seats": 5, "amount": 10.20, "note": null, "tags": ["a", "b"]}'),
  op: 'UPDATE',
  table: 'bookings',
  origin: null,
}
const insert: Scope = { ...update, old: null, op: 'INSERT' }

function explain(source: string, scope = update): Term {
  return explainExpression(source, scope, ruleVariables)
}

function deciding(term: Term): string[] {
  const inner = term.parts.flatMap(deciding)
  return inner.length > 0 ? inner : term.decides ? [term.text] : []
}

describe('a condition that is false', () => {
  test('is down to the parts that are false, with what they looked at', () => {
    const term = explain("old.status != 'CANCELLED' && new.status == 'CANCELLED' && new.seats > 9")
    expect(term.value).toBe('false')
    expect(deciding(term)).toEqual(["old.status != 'CANCELLED'", 'new.seats > 9'])
    expect(term.parts[0]?.reads).toEqual([{ path: 'old.status', value: '"CANCELLED"', note: null }])
  })

  test('of two choices is down to both', () => {
    expect(deciding(explain("op == 'DELETE' || (new.seats < 5 && new.note == null)"))).toEqual([
      "op == 'DELETE'",
      'new.seats < 5',
    ])
  })

  test('by a negation is down to what is negated', () => {
    expect(deciding(explain('!(new.seats == 5)'))).toEqual(['new.seats == 5'])
  })

  test('by the side that was not chosen tells of the side that was', () => {
    const term = explain("op == 'INSERT' ? old.nothing : new.seats < 3")
    expect(term.parts.map(({ text }) => text)).toEqual(["op == 'INSERT'", 'new.seats < 3'])
  })
})

test('a part that failed decides where the whole failed, and nowhere else', () => {
  expect(deciding(explain('new.gone == 1 && new.seats == 5'))).toEqual(['new.gone == 1'])
  const saved = explain('new.gone == 1 && new.seats == 6')
  expect(saved.value).toBe('false')
  expect(deciding(saved)).toEqual(['new.seats == 6'])
  expect(saved.parts[0]?.problem).toContain('no column "gone"')
})

test('a column that is not there and a row that is not there are told apart', () => {
  expect(explain('new.gone == 1').reads).toEqual([{ path: 'new.gone', value: null, note: 'no-column' }])
  expect(explain('old.status == "X"', insert).reads).toEqual([
    { path: 'old.status', value: null, note: 'no-row' },
  ])
})

test('values keep the digits of the row, and a computed side is told with its value', () => {
  const term = explain('new.amount - old.amount > 5 && size(new.tags) == 2')
  expect(term.parts[0]?.reads).toEqual([
    { path: 'new.amount', value: '10.20', note: null },
    { path: 'old.amount', value: '10.10', note: null },
  ])
  expect(term.parts[1]?.parts).toMatchObject([{ text: 'size(new.tags)', value: '2' }])
})

test('a long value is left out of the explanation', () => {
  const scope = { ...insert, new: readRow(JSON.stringify({ note: 'n'.repeat(2_000) })) }
  expect(explain('new.note == "x"', scope).reads).toEqual([
    { path: 'new.note', value: null, note: 'too-long' },
  ])
})

test('brackets, texts with brackets in them and other scripts are cut as the author wrote them', () => {
  const source = `((new.status == "a)(b") || !(new.status == 'ملغى')) && -(new.seats + 1) < 0 // why (`
  const texts = explain(source).parts.map(({ text }) => text)
  expect(texts).toEqual([`(new.status == "a)(b") || !(new.status == 'ملغى')`, '-(new.seats + 1) < 0'])
})

test('the parts together work no more than one evaluation may', () => {
  const loop = 'new.tags.all(a, new.tags.all(b, a != b + "x"))'
  const tags = JSON.stringify({ tags: Array.from({ length: 200 }, (_, index) => `t${index}`) })
  const scope = { ...insert, new: readRow(tags) }
  const term = explain([loop, loop, loop, loop].join(' && '), scope)
  expect(JSON.stringify(term)).toContain('too much work')
})

describe('whatever the condition', () => {
  const leaf = fc.constantFrom(
    'new.seats == 5',
    "old.status != 'CANCELLED'",
    'new.gone == 1',
    'new.note',
    "op == 'UPDATE'",
    'new.tags.exists(t, t == "b")',
    'new.seats',
    'new.status.matches("^C")',
  )
  const condition = fc.letrec<{ any: string }>(tie => ({
    any: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.tuple(tie('any'), tie('any')).map(([a, b]) => `(${a}) && (${b})`),
      fc.tuple(tie('any'), tie('any')).map(([a, b]) => `(${a}) || (${b})`),
      tie('any').map(a => `!(${a})`),
      fc.tuple(tie('any'), tie('any'), tie('any')).map(([a, b, c]) => `(${a}) ? (${b}) : (${c})`),
    ),
  })).any

  test('what is said of the whole is what it evaluates to, and the whole has a part that decides', () => {
    fc.assert(
      fc.property(condition, source => {
        const term = explain(source)
        let expected: string | null = null
        try {
          expected = compileExpression(source).toJson(update)
        } catch {}
        expect(term.value).toBe(expected)
        expect(term.problem === null).toBe(expected !== null)
        expect(deciding(term)).not.toEqual([])
      }),
    )
  })

  test('every part, taken by itself, evaluates to what is said of it', () => {
    const check = (term: Term): void => {
      const compiled = compileExpression(term.text)
      if (term.value === null) expect(() => compiled.evaluate(update)).toThrow()
      else expect(compiled.toJson(update)).toBe(term.value)
      term.parts.forEach(check)
    }
    fc.assert(fc.property(condition, source => check(explain(source))))
  })
})
