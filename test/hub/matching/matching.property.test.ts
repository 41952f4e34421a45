import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Sight } from '../../../src/access/access-rules.ts'
import { openAccess } from '../../../src/access/access-rules.ts'
import { openIdentity } from '../../../src/access/identity.ts'
import { mayReceive } from '../../../src/access/may-receive.ts'
import type { Event } from '../../../src/domain/event.ts'
import type { Selection } from '../../../src/hub/matching/profile.ts'
import { matchConcerns, matchEvents } from '../../../src/hub/matching/profile.ts'
import type { Profile } from '../../../src/hub/matching/profile-registry.ts'
import { ProfileRegistry } from '../../../src/hub/matching/profile-registry.ts'
import type { SelectedEvent } from '../../../src/hub/matching/selected-event.ts'
import { compileSubscription } from '../../../src/hub/matching/subscription.ts'
import { SubscriptionSet } from '../../../src/hub/matching/subscription-set.ts'
import { EncodedEvent } from '../../../src/hub/stream/encoded-batch.ts'
import { viewOf } from '../../../src/hub/stream/event-views.ts'
import { happening, subscription, toEvent } from './random-matching.ts'

const sights: readonly (Sight | 'all' | null)[] = [
  'all',
  null,
  { before: [], after: ['a'] },
  { before: null, after: [] },
  { before: ['b'], after: null },
]

/** Of the odd events part is hidden: another part for each. */
const access = {
  ...openAccess,
  see: (_identity: unknown, event: Pick<Event, 'change'>) => {
    const nth = Number(event.change.seq)
    return nth % 2 === 0 ? 'all' : (sights[nth % sights.length] ?? null)
  },
}

const scenario = fc.record({
  // Above and below the number from which on an index is used.
  owners: fc.array(fc.array(subscription, { minLength: 1, maxLength: 14 }), { minLength: 1, maxLength: 4 }),
  changes: fc.array(fc.tuple(fc.nat(3), fc.nat(20), subscription, fc.boolean()), { maxLength: 12 }),
  batches: fc.array(fc.array(happening, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 5 }),
  roles: fc.subarray(['clerk']),
  rooms: fc.subarray(['r1', 'r2']),
})

/** Every subscription is tried on every event. */
function plainMatches(selection: Selection, events: readonly EncodedEvent[]): Plain[] {
  return events.flatMap(encoded => {
    if (!mayReceive(selection.identity, selection.rooms, encoded.event)) return []
    const sight = access.see(null, encoded.event)
    const seen = sight === 'all' ? encoded : sight === null ? null : viewOf(encoded, sight)
    if (seen === null) return []
    const trial = { budget: { left: 100_000 }, onError: () => {} }
    const found = selection.subscriptions.list.flatMap(each => {
      const match = each.match(seen.event, trial)
      return match === null ? [] : [{ spec: each.spec, match }]
    })
    if (found.length === 0) return []
    const waits = found.map(({ spec }) => spec.conflateMs)
    return {
      event: seen.event,
      ids: found.map(({ spec }) => spec.id),
      sides: found.map(({ match }) => match.sides ?? seen.crossing),
      conflateMs: waits.includes(null) ? null : Math.min(...waits.map(Number)),
    }
  })
}

type Plain = Pick<SelectedEvent, 'ids' | 'sides' | 'conflateMs'> & { readonly event: unknown }

function toPlain({ encoded, ids, sides, conflateMs }: SelectedEvent): Plain {
  return { event: encoded.event, ids, sides, conflateMs }
}

const options = { exceptOrigin: null, onError: () => {} }

test('with an index everybody is found what trying every subscription on every event finds', () => {
  let matched = 0
  let spared = 0
  const run = ({ owners, changes, batches, roles, rooms }: Scenario) => {
    const profiles = new ProfileRegistry<number>(openAccess.keyOf)
    const selections = owners.map((specs): Selection => {
      const compiled = specs.map((spec, at) => compileSubscription({ ...spec, id: `s${at}` }))
      const subscriptions = new SubscriptionSet(compiled)
      const identity = { ...openIdentity, roles }
      return { identity, access, subscriptions, rooms: new Set(rooms), form: 'single' }
    })
    const entered: Profile<number>[] = selections.map((each, at) => profiles.enter(at, each, null))
    const pending = [...changes]
    let nth = 0
    for (const batch of batches) {
      const events = batch.map(each => new EncodedEvent(toEvent(++nth, 1, each)))
      const live = new Map<Profile<number>, Plain[]>()
      for (const [profile, concerns] of profiles.concernedBy(events)) {
        live.set(profile, matchConcerns(profile.selection, concerns, options).map(toPlain))
        spared += events.length - concerns.length
      }
      for (const [at, selection] of selections.entries()) {
        const expected = plainMatches(selection, events)
        matched += expected.length
        const profile = entered[at] ?? expect.fail('it has no profile')
        expect(live.get(profile) ?? []).toEqual(expected)
        expect(matchEvents(selection, events, options).map(toPlain)).toEqual(expected)
      }
      // Between batches they change their minds.
      for (const [owner, id, spec, isAdded] of pending.splice(0, 4)) {
        const selection = selections[owner]
        if (selection === undefined) continue
        if (isAdded) selection.subscriptions.add(compileSubscription({ ...spec, id: `s${id}` }))
        else selection.subscriptions.remove(`s${id}`)
        entered[owner] = profiles.enter(owner, selection, entered[owner] ?? null)
      }
    }
    for (const [at, profile] of entered.entries()) profiles.leave(at, profile)
    expect([profiles.size, profiles.indexSize]).toEqual([0, 0])
  }
  fc.assert(fc.property(scenario, run), { numRuns: 500 })
  // A property about nothing would hold, too, and so would one of an index that finds everybody.
  expect(matched).toBeGreaterThan(3_000)
  expect(spared).toBeGreaterThan(400)
})

type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never
