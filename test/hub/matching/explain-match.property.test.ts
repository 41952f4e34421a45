import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Sight } from '../../../src/access/access-rules.ts'
import { openAccess } from '../../../src/access/access-rules.ts'
import { openIdentity } from '../../../src/access/identity.ts'
import { explainMatch } from '../../../src/hub/matching/explain-match.ts'
import { matchEvents } from '../../../src/hub/matching/profile.ts'
import { compileSubscription } from '../../../src/hub/matching/subscription.ts'
import { SubscriptionSet } from '../../../src/hub/matching/subscription-set.ts'
import { EncodedEvent } from '../../../src/hub/stream/encoded-batch.ts'
import { happening, subscription, toEvent } from './random-matching.ts'

const sights: readonly (Sight | 'all' | null)[] = ['all', null, { before: [], after: ['a'] }]

test('whatever the subscriptions, an event is said to be for exactly those that the hub gives it to', () => {
  const scenario = fc.record({
    subscriptions: fc.array(subscription, { maxLength: 12 }),
    events: fc.array(happening, { minLength: 1, maxLength: 4 }),
    roles: fc.subarray(['clerk']),
    rooms: fc.subarray(['r1', 'r2']),
    sight: fc.constantFrom(...sights),
    exceptOrigin: fc.constantFrom(null, 'client-0'),
  })
  fc.assert(
    fc.property(scenario, ({ subscriptions, events, roles, rooms, sight, exceptOrigin }) => {
      const selection = {
        identity: { ...openIdentity, roles },
        access: { ...openAccess, see: () => sight },
        subscriptions: new SubscriptionSet(
          subscriptions.map((spec, at) => compileSubscription({ ...spec, id: `s${at}` })),
        ),
        rooms: new Set(rooms),
        form: 'single' as const,
      }
      for (const [nth, each] of events.entries()) {
        const encoded = new EncodedEvent(toEvent(nth + 1, 1, each))
        const onError = () => {}
        const [selected] = matchEvents(selection, [encoded], { exceptOrigin, onError })
        const trial = { budget: { left: 1_000_000 }, onError }
        const reason = explainMatch(selection, encoded, { exceptOrigin, trial })
        expect(reason.result === 'selected').toBe(selected !== undefined)
        expect(reason.subscriptions).toEqual(selected?.ids ?? [])
        const isJudged = reason.result === 'selected' || reason.result === 'subscriptions'
        const told = reason.subscriptions.length + reason.misses.length
        expect(told).toBe(isJudged ? subscriptions.length : 0)
      }
    }),
  )
})
