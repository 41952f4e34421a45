import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { configJsonSchema } from '../../src/config/file-schema.ts'
import { settingKeys } from '../../src/config/settings.ts'
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
})
