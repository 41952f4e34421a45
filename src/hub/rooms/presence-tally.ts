import type { PresenceEntry, PresenceMember } from '../../domain/presence.ts'
import { SmallMap } from '../small-map.ts'

/** Somebody's state in a room has changed; `room` null = in the office as a whole. */
export interface PresenceChange {
  readonly room: string | null
  readonly member: PresenceMember
}

/** Who is in a room, as far as was asked for. */
export interface PresenceList {
  readonly members: readonly PresenceMember[]
  /** How many there are. */
  readonly total: number
}

export interface PresenceTallyOptions {
  /** Now, RFC 3339, UTC. */
  readonly timestamp: () => string
  /** Most of those who went that are remembered. */
  readonly maxRemembered: number
}

/** Somebody in a room. */
interface Seat {
  readonly user: string | null
  readonly clientId: string | null
  /** Application by connection, and which connections are away; null = none has ever been. */
  readonly apps: SmallMap<string, string>
  away: Set<string> | null
  /** What was told last. */
  state: PresenceMember['state']
  /** Somebody who asked was shown another state than was told: what it is in the end must be told in any case. */
  isShownAhead: boolean
  appNames: readonly string[]
  since: string
}

type Room = Map<string, Seat>

const noNames: readonly string[] = []

/**
 * Who is in which room, counted over connections: each is put in or taken out, and what that changes for whom is
 * collected until somebody takes it. No clock, no network.
 */
export class PresenceTally {
  readonly #options: PresenceTallyOptions
  readonly #entries = new Map<string, PresenceEntry>()
  /** By name; null is the office as a whole. */
  readonly #rooms = new Map<string | null, Room>()
  readonly #dirty = new Map<string | null, Set<string>>()
  /** Seats of those who went, oldest first. */
  readonly #gone = new Map<string, { readonly room: string | null; readonly key: string }>()

  constructor(options: PresenceTallyOptions) {
    this.#options = options
  }

  get connections(): number {
    return this.#entries.size
  }

  /** True when nobody is there and nobody who went is remembered. */
  get isEmpty(): boolean {
    return this.#rooms.size === 0
  }

  /** Puts a connection in, as it is now. */
  put(entry: PresenceEntry): void {
    const before = this.#entries.get(entry.id)
    if (before !== undefined) this.#unseat(before)
    this.#entries.set(entry.id, entry)
    for (const room of [null, ...entry.rooms]) this.#seat(room, entry)
  }

  /** Takes a connection out. */
  remove(id: string): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    this.#entries.delete(id)
    this.#unseat(entry)
  }

  /** Who is in a room, and who went not long ago; those who are there come first. */
  members(room: string | null, max: number): PresenceList {
    const seats = this.#rooms.get(room)
    if (seats === undefined) return { members: [], total: 0 }
    const [here, gone]: [Seat[], Seat[]] = [[], []]
    for (const seat of seats.values()) {
      const list = seat.apps.size > 0 ? here : gone
      if (list.length < max) list.push(seat)
    }
    const shown = [...here, ...gone].slice(0, max)
    return { members: shown.map(seat => this.#show(seat)), total: seats.size }
  }

  /** Rooms with somebody in them, and how many. */
  rooms(): { readonly room: string; readonly members: number }[] {
    return [...this.#rooms].flatMap(([room, seats]) => {
      const members = [...seats.values()].filter(({ apps }) => apps.size > 0).length
      return room === null || members === 0 ? [] : [{ room, members }]
    })
  }

  /** What has changed since the last call, each seat once. */
  takeChanges(): PresenceChange[] {
    const changes: PresenceChange[] = []
    const at = this.#options.timestamp()
    for (const [room, keys] of this.#dirty) {
      for (const key of keys) {
        const seat = this.#rooms.get(room)?.get(key)
        if (seat === undefined) continue
        const change = this.#settle({ room, key, at }, seat)
        if (change !== null) changes.push(change)
      }
    }
    this.#dirty.clear()
    this.#trim(this.#options.maxRemembered)
    return changes
  }

  /** Forgets who went before a moment. @param before RFC 3339, UTC */
  forget(before: string): void {
    for (const [id, { room, key }] of this.#gone) {
      const seat = this.#rooms.get(room)?.get(key)
      if (seat !== undefined && seat.since >= before) break
      this.#drop(id, room, key)
    }
  }

  #show(seat: Seat): PresenceMember {
    const state = stateOf(seat)
    seat.isShownAhead ||= state !== seat.state
    return toMember(seat, state, seat.since)
  }

  #settle(
    { room, key, at }: { readonly room: string | null; readonly key: string; readonly at: string },
    seat: Seat,
  ): PresenceChange | null {
    const state = stateOf(seat)
    const id = JSON.stringify([room, key])
    const isTold = state === seat.state && !seat.isShownAhead
    seat.isShownAhead = false
    if (isTold) {
      // He came and went between two looks, or only what he works with has changed.
      if (state === 'offline' && !this.#gone.has(id)) this.#drop(id, room, key)
      return null
    }
    seat.state = state
    seat.since = at
    this.#gone.delete(id)
    if (state === 'offline') this.#gone.set(id, { room, key })
    return { room, member: toMember(seat, state, seat.since) }
  }

  #seat(room: string | null, entry: PresenceEntry): void {
    const seats = this.#rooms.get(room) ?? new Map<string, Seat>()
    this.#rooms.set(room, seats)
    const key = keyOf(entry)
    const seat = seats.get(key) ?? this.#newSeat(entry)
    seats.set(key, seat)
    seat.apps.set(entry.id, entry.appName)
    if (entry.away) seat.away = (seat.away ?? new Set()).add(entry.id)
    this.#mark(room, key)
  }

  #newSeat({ user, clientId }: PresenceEntry): Seat {
    // Written out: with a spread each seat would have a shape of its own, 270 bytes.
    return {
      user,
      clientId: user === null ? clientId : null,
      apps: new SmallMap(),
      away: null,
      state: 'offline',
      isShownAhead: false,
      appNames: noNames,
      since: this.#options.timestamp(),
    }
  }

  #unseat(entry: PresenceEntry): void {
    const key = keyOf(entry)
    for (const room of [null, ...entry.rooms]) {
      const seat = this.#rooms.get(room)?.get(key)
      if (seat === undefined) continue
      if (seat.apps.size === 1) seat.appNames = namesOf(seat)
      seat.apps.delete(entry.id)
      seat.away?.delete(entry.id)
      this.#mark(room, key)
    }
  }

  #mark(room: string | null, key: string): void {
    const keys = this.#dirty.get(room) ?? new Set()
    this.#dirty.set(room, keys.add(key))
  }

  #trim(limit: number): void {
    for (const [id, { room, key }] of this.#gone) {
      if (this.#gone.size <= limit) return
      this.#drop(id, room, key)
    }
  }

  #drop(id: string, room: string | null, key: string): void {
    this.#gone.delete(id)
    const seats = this.#rooms.get(room)
    if (seats?.get(key)?.apps.size !== 0) return
    seats.delete(key)
    if (seats.size === 0) this.#rooms.delete(room)
  }
}

function keyOf({ user, clientId }: PresenceEntry): string {
  return user === null ? `c${clientId}` : `u${user}`
}

function stateOf({ apps, away }: Seat): PresenceMember['state'] {
  if (apps.size === 0) return 'offline'
  return away?.size === apps.size ? 'away' : 'online'
}

function namesOf({ apps }: Seat): readonly string[] {
  return [...new Set(apps.values())].sort().slice(0, 10)
}

function toMember(seat: Seat, state: PresenceMember['state'], since: string): PresenceMember {
  const { user, clientId } = seat
  return { user, clientId, appNames: state === 'offline' ? seat.appNames : namesOf(seat), state, since }
}
