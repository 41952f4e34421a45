/** Who is in the rooms of single users, which are no part of a profile. */
export class PersonalRooms<Member> {
  readonly #members = new Map<string, Set<Member>>()
  readonly #rooms = new Map<Member, readonly string[]>()

  /** Number of rooms with somebody in them. */
  get size(): number {
    return this.#members.size
  }

  /** Sets which of these rooms a member is in; none when it is gone. */
  set(member: Member, rooms: readonly string[]): void {
    for (const room of this.#rooms.get(member) ?? []) {
      const members = this.#members.get(room)
      members?.delete(member)
      if (members?.size === 0) this.#members.delete(room)
    }
    for (const room of rooms) {
      this.#members.set(room, (this.#members.get(room) ?? new Set()).add(member))
    }
    if (rooms.length === 0) this.#rooms.delete(member)
    else this.#rooms.set(member, rooms)
  }

  /** Those who are in a room now. */
  in(room: string): readonly Member[] {
    return [...(this.#members.get(room) ?? [])]
  }
}
