import type { AccessRules } from '../../access/access-rules.ts'
import type { EncodedEvent } from '../stream/encoded-batch.ts'
import type { Bucket } from './lookup/anchor-index.ts'
import { AnchorIndex } from './lookup/anchor-index.ts'
import type { Selection } from './profile.ts'
import { selectionKey } from './profile.ts'
import type { CompiledSubscription } from './subscription.ts'
import { SubscriptionSet } from './subscription-set.ts'

/** Connections that select the same events: matching and frames are made once for all of them. */
export interface Profile<Member> {
  readonly key: string
  readonly selection: Selection
  readonly members: Set<Member>
}

/** A profile with where its subscriptions stand in the index; null until events are looked for. */
interface IndexedProfile<Member> extends Profile<Member> {
  selection: Selection
  /** Set when it follows the subscriptions of its only member instead of having its own. */
  readonly isFollowing: boolean
  places: Map<CompiledSubscription, readonly Bucket<IndexedProfile<Member>>[]> | null
}

/**
 * Connections with more subscriptions have a profile to themselves: to find out each time whether another one has the
 * same would cost more than it saves.
 */
const sharedUpTo = 256

/** The profiles that have members, and the index that says which of them an event may be for. */
export class ProfileRegistry<Member> {
  readonly #keyOf: AccessRules['keyOf']
  readonly #profiles = new Map<string, IndexedProfile<Member>>()
  readonly #index = new AnchorIndex<IndexedProfile<Member>>()
  /** Not in the index yet: of a client that subscribes many times between two batches only the last one gets there. */
  readonly #fresh = new Set<IndexedProfile<Member>>()
  #following = 0

  /** @param keyOf identities with the same key may see the same */
  constructor(keyOf: AccessRules['keyOf']) {
    this.#keyOf = keyOf
  }

  get size(): number {
    return this.#profiles.size
  }

  /** Number of places in the index. */
  get indexSize(): number {
    return this.#index.size
  }

  /** Puts a member where its selection belongs, out of the profile it was in. */
  enter(member: Member, selection: Selection, previous: Profile<Member> | null): Profile<Member> {
    const known = previous === null ? undefined : this.#profiles.get(previous.key)
    if (selection.subscriptions.size > sharedUpTo) {
      if (known?.isFollowing && known.selection.subscriptions === selection.subscriptions) {
        known.selection = selection
        return known
      }
      return this.#move(member, this.#follow(selection), previous)
    }
    const key = selectionKey(selection, this.#keyOf)
    if (previous?.key === key) return previous
    return this.#move(member, this.#profiles.get(key) ?? this.#share(key, selection), previous)
  }

  /** Takes a member out; a profile without members is forgotten. */
  leave(member: Member, { key }: Profile<Member>): void {
    const profile = this.#profiles.get(key)
    profile?.members.delete(member)
    if (profile === undefined || profile.members.size > 0) return
    this.#profiles.delete(key)
    this.#fresh.delete(profile)
    if (profile.isFollowing) profile.selection.subscriptions.observer = null
    for (const buckets of profile.places?.values() ?? []) this.#index.remove(profile, buckets)
    profile.places = null
  }

  /**
   * The profiles that some of the events may be for, each with those events in their order; to all others none of
   * them is of any concern. Safe while members come and go.
   */
  *concernedBy(
    events: readonly EncodedEvent[],
  ): Generator<readonly [Profile<Member>, readonly EncodedEvent[]]> {
    for (const profile of this.#fresh) this.#indexWhole(profile)
    this.#fresh.clear()
    const hits = new Map<Bucket<IndexedProfile<Member>>, EventNumbers>()
    for (const [at, { event }] of events.entries()) {
      this.#index.visit(event, bucket => {
        const numbers = hits.get(bucket)
        if (numbers === undefined) hits.set(bucket, [at])
        else if (numbers.at(-1) !== at) numbers.push(at)
      })
    }
    // A list for each bucket and not for each profile: ten thousand of them can be concerned by the same events.
    const concerned = new Map<Profile<Member>, EventNumbers[]>()
    for (const [{ owners }, numbers] of hits) {
      for (const profile of owners.keys()) {
        const lists = concerned.get(profile)
        if (lists === undefined) concerned.set(profile, [numbers])
        else lists.push(numbers)
      }
    }
    for (const [profile, lists] of concerned) yield [profile, pick(events, lists)]
  }

  #move(
    member: Member,
    profile: IndexedProfile<Member>,
    previous: Profile<Member> | null,
  ): IndexedProfile<Member> {
    profile.members.add(member)
    if (previous !== null) this.leave(member, previous)
    return profile
  }

  /** The connection's subscriptions change; those of the profile stay what its key says. */
  #share(key: string, selection: Selection): IndexedProfile<Member> {
    const subscriptions = new SubscriptionSet(selection.subscriptions.list)
    return this.#create(key, { ...selection, subscriptions }, false)
  }

  #follow(selection: Selection): IndexedProfile<Member> {
    const profile = this.#create(`following ${++this.#following}`, selection, true)
    selection.subscriptions.observer = {
      added: subscription => {
        profile.places?.set(subscription, this.#index.add(profile, subscription))
      },
      removed: subscription => {
        this.#index.remove(profile, profile.places?.get(subscription) ?? [])
        profile.places?.delete(subscription)
      },
    }
    return profile
  }

  #create(key: string, selection: Selection, isFollowing: boolean): IndexedProfile<Member> {
    const profile = { key, selection, members: new Set<Member>(), isFollowing, places: null }
    this.#profiles.set(key, profile)
    this.#fresh.add(profile)
    return profile
  }

  #indexWhole(profile: IndexedProfile<Member>): void {
    profile.places = new Map()
    for (const subscription of profile.selection.subscriptions.list) {
      profile.places.set(subscription, this.#index.add(profile, subscription))
    }
  }
}

/** Places in a batch, ascending. */
type EventNumbers = number[]

function pick(events: readonly EncodedEvent[], lists: readonly EventNumbers[]): readonly EncodedEvent[] {
  const [first = []] = lists
  const numbers = lists.length === 1 ? first : [...new Set(lists.flat())].sort((a, b) => a - b)
  if (numbers.length === events.length) return events
  return numbers.flatMap(number => events[number] ?? [])
}
