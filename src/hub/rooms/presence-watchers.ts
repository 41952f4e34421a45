import { rtbridgeError } from '../../domain/errors/registry.ts'
import type { PresenceMember } from '../../domain/presence.ts'
import type { HubMessageData, PresenceMemberData } from '../../protocol/messages.ts'
import type { OutgoingQueue } from '../feed/outgoing-queue.ts'
import type { HubLimits } from '../limits.ts'
import { messageFrame } from '../stream/frames.ts'
import type { PresenceChange, PresenceList } from './presence-tally.ts'

/** A connection that wants to know of changes. */
export interface Watcher {
  readonly id: string
  readonly feed: { readonly queue: Pick<OutgoingQueue, 'push' | 'replyBytes'> }
}

export interface PresenceWatchersOptions {
  readonly timestamp: () => string
  readonly limits: Pick<HubLimits, 'replyBytes' | 'maxRooms'>
  /** Who is in a room; those who are there come first. */
  readonly members: (room: string | null, max: number) => PresenceList
}

interface Watch {
  readonly watcher: Watcher
  /** The room as the client calls it: null for the whole of what it may see. */
  readonly name: string | null
  /** Changes were left out, because it does not read: it gets the whole once it does. */
  isBehind: boolean
}

/** Most members in one message, and most characters of them: an answer must not fill the client's queue. */
const maxMembers = 1_000
const maxLength = 65_536

/** Tells those who asked for it who comes, goes or is away. Who does not read costs nothing, and is told the whole later. */
export class PresenceWatchers {
  readonly #options: PresenceWatchersOptions
  /** By room, then by connection. */
  readonly #rooms = new Map<string | null, Map<string, Watch>>()
  readonly #roomsOf = new Map<string, Set<string | null>>()

  constructor(options: PresenceWatchersOptions) {
    this.#options = options
  }

  /** True when nobody is to be told. */
  get isEmpty(): boolean {
    return this.#rooms.size === 0
  }

  /**
   * Tells a connection from now on.
   * @param name the room as the client calls it
   * @throws RTB_ROOM_LIMIT
   */
  add(watcher: Watcher, room: string | null, name: string | null): void {
    const limit = this.#options.limits.maxRooms
    const own = this.#roomsOf.get(watcher.id) ?? new Set()
    if (own.size >= limit && !own.has(room)) throw rtbridgeError('RTB_ROOM_LIMIT', { limit })
    this.#roomsOf.set(watcher.id, own.add(room))
    const watches = this.#rooms.get(room) ?? new Map<string, Watch>()
    this.#rooms.set(room, watches)
    watches.set(watcher.id, { watcher, name, isBehind: false })
  }

  /** Tells a connection no more, of one room or, without one, of any. */
  remove(id: string, ...room: readonly (string | null)[]): void {
    for (const each of room.length > 0 ? room : this.roomsOf(id)) {
      const watches = this.#rooms.get(each)
      watches?.delete(id)
      if (watches?.size === 0) this.#rooms.delete(each)
      this.#roomsOf.get(id)?.delete(each)
    }
    if (this.#roomsOf.get(id)?.size === 0) this.#roomsOf.delete(id)
  }

  /** What a connection is told of. */
  roomsOf(id: string): readonly (string | null)[] {
    return [...(this.#roomsOf.get(id) ?? [])]
  }

  /** Tells changes, each room's in one frame that all its watchers share. */
  tell(changes: readonly PresenceChange[]): void {
    const byRoom = new Map<string | null, PresenceMember[]>()
    for (const { room, member } of changes) {
      if (!this.#rooms.has(room)) continue
      const members = byRoom.get(room) ?? []
      byRoom.set(room, members)
      members.push(member)
    }
    for (const [room, watches] of this.#rooms) {
      const members = byRoom.get(room) ?? []
      const fitting = whatFits(members)
      const isWhole = fitting.length === members.length
      const event = shared(name => this.#frame('presence_event', { room: name, members: fitting }))
      const whole = shared(name => this.#frame('presence', this.describe(room, name)))
      for (const watch of watches.values()) {
        watch.isBehind ||= !isWhole
        if (members.length > 0 || watch.isBehind) this.#tellOne(watch, event, whole)
      }
    }
  }

  /** Who is in a room, as a client is told. */
  describe(room: string | null, name: string | null): HubMessageData['presence'] {
    const { members, total } = this.#options.members(room, maxMembers)
    return { room: name, members: whatFits(members), total }
  }

  #tellOne(watch: Watch, event: SharedFrame, whole: SharedFrame): void {
    const { watcher, name, isBehind } = watch
    watch.isBehind = watcher.feed.queue.replyBytes > this.#options.limits.replyBytes / 4
    if (watch.isBehind) return
    watcher.feed.queue.push({ frames: [isBehind ? whole(name) : event(name)], kind: 'reply', from: null })
  }

  #frame<Type extends 'presence' | 'presence_event'>(type: Type, data: HubMessageData[Type]): Buffer {
    // Nobody can ask for presence over an event stream.
    return messageFrame(type, data, { timestamp: this.#options.timestamp(), wire: 'web-socket' })
  }
}

/** A frame for all who call a room the same, made when the first of them needs it. */
type SharedFrame = (name: string | null) => Buffer

function shared(make: SharedFrame): SharedFrame {
  const frames = new Map<string | null, Buffer>()
  return name => {
    const frame = frames.get(name) ?? make(name)
    frames.set(name, frame)
    return frame
  }
}

function whatFits(members: readonly PresenceMember[]): PresenceMemberData[] {
  const fitting: PresenceMemberData[] = []
  let length = 0
  for (const member of members.slice(0, maxMembers)) {
    const data = toData(member)
    length += JSON.stringify(data).length
    if (length > maxLength) break
    fitting.push(data)
  }
  return fitting
}

function toData({ user, clientId, appNames, state, since }: PresenceMember): PresenceMemberData {
  return { user, client_id: clientId, app_names: appNames, state, since }
}
