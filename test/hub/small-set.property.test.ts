import fc from 'fast-check'
import { test } from 'vitest'
import { SmallSet } from '../../src/hub/small-set.ts'

const items = [{ name: 'a' }, { name: 'b' }, { name: 'c' }]

const step = fc.record({
  does: fc.constantFrom('add' as const, 'delete' as const),
  item: fc.constantFrom(...items),
})

test('whatever is put in and taken out, a small set holds what a Set would, in the same order', () => {
  fc.assert(
    fc.property(fc.array(step), steps => {
      const [small, set] = [new SmallSet<object>(), new Set<object>()]
      return steps.every(({ does, item }) => {
        const states = [small, set].map(it => {
          it[does](item)
          const held: object[] = []
          it.forEach(each => {
            held.push(each)
          })
          return JSON.stringify([it.size, held])
        })
        return states[0] === states[1]
      })
    }),
  )
})
