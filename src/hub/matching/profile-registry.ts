import type { AccessRules } from '../../access/access-rules.ts'
import type { Selection } from './profile.ts'
import { selectionKey } from './profile.ts'

/** Connections that select the same events: matching and frames are made once for all of them. */
export interface Profile<Member> {
  readonly key: string
  readonly selection: Selection
  readonly members: Set<Member>
}

/** The profiles that have members. */
export class ProfileRegistry<Member> {
  readonly #keyOf: AccessRules['keyOf']
  readonly #profiles = new Map<string, Profile<Member>>()

  /** @param keyOf identities with the same key may see the same */
  constructor(keyOf: AccessRules['keyOf']) {
    this.#keyOf = keyOf
  }

  get size(): number {
    return this.#profiles.size
  }

  /** Every profile; safe while members come and go. */
  all(): readonly Profile<Member>[] {
    return [...this.#profiles.values()]
  }

  /** Puts a member where its selection belongs, out of the profile it was in. */
  enter(member: Member, selection: Selection, previous: Profile<Member> | null): Profile<Member> {
    const key = selectionKey(selection, this.#keyOf)
    if (previous?.key === key) return previous
    const profile = this.#profiles.get(key) ?? { key, selection, members: new Set() }
    this.#profiles.set(key, profile)
    profile.members.add(member)
    if (previous !== null) this.leave(member, previous)
    return profile
  }

  /** Takes a member out; a profile without members is forgotten. */
  leave(member: Member, profile: Profile<Member>): void {
    profile.members.delete(member)
    if (profile.members.size === 0) this.#profiles.delete(profile.key)
  }
}
