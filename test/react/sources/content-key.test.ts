import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contentKey } from '../../../src/react/sources/content-key.ts'

/** Values as options are made of, with fields that are undefined. */
const { value } = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.string(), fc.oneof(tie('value'), fc.constant(undefined)), { maxKeys: 4 }),
  ),
}))

describe('the key of options', () => {
  test('does not depend on the order of fields, nor on those that are undefined', () => {
    fc.assert(
      fc.property(value, options => {
        expect(contentKey(mixUp(options))).toBe(contentKey(options))
      }),
    )
  })

  test('is JSON of the same content, so that different options have different keys', () => {
    fc.assert(
      fc.property(value, options => {
        expect(JSON.parse(contentKey(options))).toEqual(JSON.parse(JSON.stringify(options)))
      }),
    )
  })

  test('depends on the order of a list', () => {
    expect(contentKey({ orderBy: ['a', 'b'] })).not.toBe(contentKey({ orderBy: ['b', 'a'] }))
  })
})

/** The same content, written in another way. */
function mixUp(options: unknown): unknown {
  if (Array.isArray(options)) return options.map(mixUp)
  if (typeof options !== 'object' || options === null) return options
  const fields = Object.entries(options).reverse()
  return Object.fromEntries([...fields.map(([name, part]) => [name, mixUp(part)]), ['not set', undefined]])
}
