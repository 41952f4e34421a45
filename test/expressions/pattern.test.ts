import { describe, expect, test } from 'vitest'
import { compilePattern } from '../../src/expressions/pattern.ts'

test.each([
  ['aab', 'xaaby', true],
  ['^a{2}$', 'aaa', false],
  ['^(ab|a)*c$', 'ababac', true],
  ['[^a-c]', 'abc', false],
  ['[]x]', ']', true],
  ['(?i)HÉLLO', 'say héllo', true],
  ['\\bfoo\\b', 'a foo b', true],
  ['\\bfoo\\b', 'afoo', false],
  ['^\\d{3}-\\p{L}+$', '123-سلام', true],
  ['^[[:digit:]]+\\z', '2026', true],
  ['^.$', '😀', true],
  ['a.c', 'a\nc', false],
  ['(?s)a.c', 'a\nc', true],
  ['\\x41\\x{42}', 'AB', true],
  ['a\\.b', 'axb', false],
  ['(?P<year>\\d{4})', 'in 2026', true],
  ['a{', 'a{', true],
  ['', '', true],
])('%s against %j is %s', (pattern, text, expected) => {
  expect(compilePattern(pattern).test(text)).toBe(expected)
})

test('gives the same answer each time it is asked', () => {
  const pattern = compilePattern('a+b')
  expect(['aab', 'aab', 'b', 'aab'].map(text => pattern.test(text))).toEqual([true, true, false, true])
})

describe('what is refused', () => {
  test.each([
    ['(?=a)', /Perl syntax/, '(?='],
    ['x(?<!a)b', /named capture/, '(?<!a)b'],
    ['\\d+\\1', /escape/, '\\1'],
    ['xa**', /nested repetition/, '**'],
    ['b|+a', /missing argument/, '+'],
    ['ba{1001}', /repeat count/, '{1001}'],
    ['x[z-a]', /range/, 'z-a'],
    ['x\\p{Nope}', /range/, '\\p{Nope}'],
    ['x[a', /closing \]/, '[a'],
    ['(a', /closing \)/, null],
    ['a)', /unexpected \)/, null],
    ['a\\', /backslash/, null],
  ])('%s, with the part at fault', (pattern, message, part) => {
    expect(() => compilePattern(pattern)).toThrow(message)
    expect(() => compilePattern(pattern)).toThrow(expect.objectContaining({ part }))
  })

  test.each([
    ['too long', 'a'.repeat(501), /longer than 500/],
    ['repetitions of repetitions', '((a{100}){100})', /too large/],
    ['many large repetitions', 'a{1000}'.repeat(70), /too large/],
    ['a repeated group of optional parts', `(${'a?'.repeat(200)}){1000}`, /too large/],
    ['a group repeated behind an empty quotation', `(${'a?'.repeat(200)})\\Q\\E{1000}`, /too large/],
    ['many Unicode classes', `(${'\\pL'.repeat(60)}){3}`, /too large/],
    ['many wide ranges that ignore case', `(?i)[${'b-\u{1e942}'.repeat(100)}]`, /too large/],
    ['the same, escaped', `(?s-m:(?i:[${'b-\\x{1e942}'.repeat(30)}]))`, /too large/],
  ])('before it is compiled: %s', (_, pattern, message) => {
    expect(() => compilePattern(pattern)).toThrow(message)
  })

  test.each([
    '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
    '^([A-Z]{2,5},){0,50}[A-Z]{2,5}$',
    '^(25[0-5]|\\d{1,2})(\\.(25[0-5]|\\d{1,2})){3}$',
    '(?i)^[а-яё\u0600-\u06ff ]{1,200}$',
    '^\\p{Lu}\\p{Ll}*( \\p{Lu}\\p{Ll}*){0,5}$',
  ])('but not %s', pattern => {
    expect(compilePattern(pattern).size).toBeGreaterThan(0)
  })
})

test.each(['^(a+)+$', '(a+a+)+[yz]', '(a|aa)+[yz]', '(.*a){10}[yz]'])(
  'the time of %s grows with the text, where a backtracking engine would not return',
  source => {
    const pattern = compilePattern(source)
    const bestTimeOf = (length: number) => {
      const text = `${'a'.repeat(length)}b`
      const times = Array.from({ length: 5 }, () => {
        const start = performance.now()
        expect(pattern.test(text)).toBe(false)
        return performance.now() - start
      })
      return Math.min(...times)
    }
    // For a hundred times the text a linear engine takes some hundred times as long, a quadratic one ten thousand.
    expect(bestTimeOf(100_000)).toBeLessThan(2_500 * bestTimeOf(1_000))
  },
)
