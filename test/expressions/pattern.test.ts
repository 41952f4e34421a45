import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compilePattern } from '../../src/expressions/pattern.ts'

test.each([
  ['a{2,3}b', 'xaab', true],
  ['^a{2}$', 'aaa', false],
  ['^(ab|a)*c$', 'ababac', true],
  ['[^a-c]', 'abc', false],
  ['[]x]', ']', true],
  ['(?i)HÉLLO', 'say héllo', true],
  ['\\bfoo\\b', 'a foo b', true],
  ['\\bfoo\\b', 'afoo', false],
  ['^\\d{3}-\\p{L}+$', '123-سلام', true],
  ['^.$', '😀', true],
  ['a.c', 'a\nc', false],
  ['(?s)a.c', 'a\nc', true],
  ['x*?y+?', 'zy', true],
  ['\\x41\\u0042\\x{43}', 'ABC', true],
  ['a\\.b', 'axb', false],
  ['(?P<year>\\d{4})', 'in 2026', true],
  ['a{', 'a{', true],
  ['', '', true],
])('%s against %j is %s', (pattern, text, expected) => {
  expect(compilePattern(pattern).test(text)).toBe(expected)
})

test.each([
  '(?=a)',
  '(?<!a)b',
  'a**',
  '(a',
  'a)',
  '[a',
  '\\1',
  'a{2000}',
  '((a{100}){100})',
  '[z-a]',
  '\\p{Nope}',
  '+a',
  'a\\',
  'a'.repeat(501),
  '('.repeat(60),
])('refuses %s', pattern => {
  expect(() => compilePattern(pattern)).toThrow()
})

test('agrees with the built-in engine on simple patterns', () => {
  const piece = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '(ab)', '(a|b)', '^', '$', '\\b')
  const sign = fc.constantFrom('', '', '*', '+', '?', '{1,2}')
  const pattern = fc
    .array(fc.tuple(piece, sign), { maxLength: 6 })
    .map(pieces => pieces.map(([text, repeat]) => (/^[\^$\\]/.test(text) ? text : text + repeat)).join(''))
  fc.assert(
    fc.property(pattern, fc.stringMatching(/^[abc ]{0,12}$/), (source, text) => {
      expect(compilePattern(source).test(text)).toBe(new RegExp(source, 'u').test(text))
    }),
    { numRuns: 500 },
  )
})

test('stays linear where a backtracking engine would not return', () => {
  expect(compilePattern('^(a+)+$').test(`${'a'.repeat(20_000)}b`)).toBe(false)
  expect(compilePattern('(x+x+)+y').test('x'.repeat(20_000))).toBe(false)
})
