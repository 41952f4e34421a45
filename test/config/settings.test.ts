import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { writtenValue } from '../../src/config/describe-config.ts'
import { configJsonSchema } from '../../src/config/file-schema.ts'
import { settingKeys, settings } from '../../src/config/settings.ts'
import { aDecade, duration, integer, onOff, size } from '../../src/config/value-kinds.ts'
import { closestWord } from '../../src/domain/closest-word.ts'

test.each([
  ['24h', 86_400_000],
  ['30s', 30_000],
  ['5ms', 5],
  ['1.5 h', 5_400_000],
  ['7d', 604_800_000],
  [250, 250],
  ['250', 250],
  ['-1s', undefined],
  ['1w', undefined],
  ['', undefined],
  [Number.NaN, undefined],
  [null, undefined],
])('duration %j is %s ms', (found, ms) => {
  expect(duration(0, aDecade).parse(found)).toBe(ms)
})

test.each([
  ['64KiB', 65_536],
  ['1MB', 1_000_000],
  ['1.5GiB', 1_610_612_736],
  [4096, 4096],
  ['1gb', undefined],
  ['1__proto__', undefined],
  [1.5e300, undefined],
])('size %j is %s bytes', (found, bytes) => {
  expect(size(0).parse(found)).toBe(bytes)
})

test.each([duration(0, Number.MAX_SAFE_INTEGER), size(0)])(
  '$expected: what is printed is read as the same',
  ({ print, parse }) => {
    const units = fc.oneof(
      ...[1, 1_000, 1_024, 60_000, 3_600_000, 86_400_000, 2 ** 30].map(unit => fc.constant(unit)),
    )
    const values = fc.oneof(
      fc.maxSafeNat(),
      fc.tuple(fc.nat(100_000), units).map(([count, unit]) => count * unit),
    )
    fc.assert(fc.property(values, value => parse(print?.(value)) === value))
  },
)

test('numbers may be text, and have to be in range', () => {
  expect(integer(1, 10).parse('7')).toBe(7)
  expect(integer(1, 10).parse(7.5)).toBeUndefined()
  expect(integer(1, 10).parse('11')).toBeUndefined()
})

test('on and off have two spellings', () => {
  expect([true, 'on', 'true', false, 'off', 'yes'].map(onOff.parse)).toEqual([
    'on',
    'on',
    'on',
    'off',
    'off',
    undefined,
  ])
})

test('suggests what is near, and nothing far-fetched', () => {
  expect(closestWord('prot', ['host', 'port'])).toBe('port')
  expect(closestWord('Retention', ['retention'])).toBe('retention')
  expect(closestWord('zzz', ['host', 'port'])).toBeNull()
})

test('the JSON Schema knows every setting', () => {
  const schema = JSON.stringify(configJsonSchema())
  for (const key of settingKeys) expect(schema).toContain(`"${key.split('.')[1]}"`)
  expect(schema).toContain('"events"')
  expect(schema).toContain('"additionalProperties":false')
})

test('the reference documents every setting', () => {
  const text = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8')
  for (const key of settingKeys) expect(text).toContain(`\`${key}\``)
  // Durations and sizes as `config show` prints them.
  const quantities = settingKeys.filter(key => 'print' in settings[key].kind)
  expect(quantities.length).toBeGreaterThan(20)
  for (const key of quantities) {
    const written = writtenValue({ key, value: settings[key].fallback as number })
    expect(text).toMatch(new RegExp(`^\\| \`${key}\` \\| [^|]* \\| \`${written}\` \\|`, 'm'))
  }
})
