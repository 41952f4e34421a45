import fc from 'fast-check'
import { test } from 'vitest'
import { SmallMap } from '../../src/hub/small-map.ts'

const key = fc.constantFrom('a', 'b', 'c')

/** What can be done to a map, each said to both and answered the same. */
const step = fc.oneof(
  fc.record({ does: fc.constant('set' as const), key, value: fc.option(fc.nat(9), { nil: undefined }) }),
  fc.record({ does: fc.constant('delete' as const), key }),
)

test('whatever is put in and taken out, a small map holds what a Map would, in the same order', () => {
  fc.assert(
    fc.property(fc.array(step), steps => {
      const [small, map] = [new SmallMap<string, number | undefined>(), new Map<string, number | undefined>()]
      return steps.every(each => {
        const answers = [small, map].map(it => {
          if (each.does === 'delete') return it.delete(each.key)
          it.set(each.key, each.value)
          return it.has(each.key)
        })
        const states = [small, map].map(it =>
          JSON.stringify([
            [...it.keys()],
            [...it.values()].map(String),
            it.size,
            ['a', 'b', 'c'].map(name => [it.has(name), String(it.get(name))]),
          ]),
        )
        return answers[0] === answers[1] && states[0] === states[1]
      })
    }),
  )
})
