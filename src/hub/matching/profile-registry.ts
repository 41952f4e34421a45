import type { AccessRules } from '../../access/access-rules.ts'
import type { EncodedEvent } from '../stream/encoded-batch.ts'
import type { Bucket } from './lookup/anchor-index.ts'
import { AnchorIndex } from './lookup/anchor-index.ts'
import type { EventConcern, Selection } from './profile.ts'
import { selectionKey } from './profile.ts'
import type { PlacedSubscription } from './subscription-set.ts'
import { inOrder, SubscriptionSet } from './subscription-set.ts'

/** Connections that select the same events: matching and frames are made once for all of them. */
export interface Profile<Member> {
  readonly key: string
  readonly selection: Selection
  readonly members: Set<Member>
}

/** A subscription of a profile, as it stands in the index. */
interface Entry<Member> {
  readonly profile: IndexedProfile<Member>
  readonly placed: PlacedSubscription
  buckets: readonly Bucket<Entry<Member>>[]
}

/** A profile with what stands for it in the index; null until events are looked for. */
interface IndexedProfile<Member> extends Profile<Member> {
  selection: Selection
  /** Set when it follows the subscriptions of its only member instead of having its own. */
  readonly isFollowing: boolean
  entries: Map<PlacedSubscription, Entry<Member>> | null
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
  readonly #index = new AnchorIndex<Entry<Member>>()
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
    const profile = this.#profiles.get(key) ?? this.#share(key, selection)
    selection.subscriptions.shareWith(profile.selection.subscriptions)
    return this.#move(member, profile, previous)
  }

  /** Takes a member out; a profile without members is forgotten. */
  leave(member: Member, { key }: Profile<Member>): void {
    const profile = this.#profiles.get(key)
    profile?.members.delete(member)
    if (profile === undefined || profile.members.size > 0) return
    this.#profiles.delete(key)
    this.#fresh.delete(profile)
    if (profile.isFollowing) profile.selection.subscriptions.observer = null
    for (const entry of profile.entries?.values() ?? []) this.#index.remove(entry, entry.buckets)
    profile.entries = null
  }

  /**
   * The profiles that some of the events may be for, each with those events in their order and with the subscriptions
   * to try on them; to all others none of the events is of any concern. Safe while members come and go.
   */
  *concernedBy(
    events: readonly EncodedEvent[],
  ): Generator<readonly [Profile<Member>, readonly EventConcern[]]> {
    for (const profile of this.#fresh) this.#indexWhole(profile)
    this.#fresh.clear()
    const found = new Map<Bucket<Entry<Member>>, NumberedEvent[]>()
    for (const [at, encoded] of events.entries()) {
      const numbered = { at, encoded }
      this.#index.visit(encoded.event, bucket => {
        const hit = found.get(bucket)
        if (hit === undefined) found.set(bucket, [numbered])
        else if (hit.at(-1) !== numbered) hit.push(numbered)
      })
    }
    for (const [profile, hits] of hitsByProfile(found)) yield [profile, concernsOf(hits)]
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
      added: placed => this.#place(profile, placed),
      removed: placed => {
        const entry = profile.entries?.get(placed)
        if (entry !== undefined) this.#index.remove(entry, entry.buckets)
        profile.entries?.delete(placed)
      },
    }
    return profile
  }

  #create(key: string, selection: Selection, isFollowing: boolean): IndexedProfile<Member> {
    const profile = { key, selection, members: new Set<Member>(), isFollowing, entries: null }
    this.#profiles.set(key, profile)
    this.#fresh.add(profile)
    return profile
  }

  #indexWhole(profile: IndexedProfile<Member>): void {
    profile.entries = new Map()
    for (const placed of profile.selection.subscriptions.placed) this.#place(profile, placed)
  }

  #place(profile: IndexedProfile<Member>, placed: PlacedSubscription): void {
    if (profile.entries === null) return
    const entry: Entry<Member> = { profile, placed, buckets: [] }
    entry.buckets = this.#index.add(entry, placed.subscription)
    profile.entries.set(placed, entry)
  }
}

interface NumberedEvent {
  /** Its place in the batch. */
  readonly at: number
  readonly encoded: EncodedEvent
}

/** What one bucket has of a profile, and the events that this may be for. */
interface Hit {
  readonly events: readonly NumberedEvent[]
  readonly placed: PlacedSubscription[]
}

/** The lists of events are shared by all: ten thousand profiles can be concerned by the same ones. */
function hitsByProfile<Member>(
  found: ReadonlyMap<Bucket<Entry<Member>>, readonly NumberedEvent[]>,
): ReadonlyMap<Profile<Member>, readonly Hit[]> {
  const concerned = new Map<Profile<Member>, Hit[]>()
  for (const [bucket, events] of found) {
    bucket.forEach(({ profile, placed }) => {
      const hits = concerned.get(profile)
      const last = hits?.at(-1)
      if (last?.events === events) last.placed.push(placed)
      else if (hits === undefined) concerned.set(profile, [{ events, placed: [placed] }])
      else hits.push({ events, placed: [placed] })
    })
  }
  return concerned
}

function concernsOf(hits: readonly Hit[]): readonly EventConcern[] {
  const [first, ...others] = hits
  if (first === undefined) return []
  if (others.length > 0) return mergedConcerns(hits)
  const subscriptions = inOrder(first.placed)
  return first.events.map(({ encoded }) => ({ encoded, subscriptions }))
}

function mergedConcerns(hits: readonly Hit[]): readonly EventConcern[] {
  const placed = new Map<NumberedEvent, PlacedSubscription[]>()
  for (const hit of hits) {
    for (const event of hit.events) {
      const known = placed.get(event)
      if (known === undefined) placed.set(event, [...hit.placed])
      else for (const each of hit.placed) known.push(each)
    }
  }
  return [...placed]
    .sort(([a], [b]) => a.at - b.at)
    .map(([{ encoded }, each]) => ({ encoded, subscriptions: inOrder(each) }))
}
