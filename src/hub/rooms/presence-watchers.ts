import { rtbridgeError } from '../../domain/errors/registry.ts'
import type { PresenceMember } from '../../domain/presence.ts'
import type { HubMessageData, PresenceMemberData } from '../../protocol/messages.ts'
import type { OutgoingQueue } from '../feed/outgoing-queue.ts'
import type { HubLimits } from '../limits.ts'
import { messageFrame } from '../stream/frames.ts'
import type { PresenceChange } from './presence-tally.ts'

/** A connection that wants to know of changes. */
export interface Watcher {
  readonly id: string
  readonly feed: { readonly queue: Pick<OutgoingQueue, 'push' | 'replyBytes'> }
}

export interface PresenceWatchersOptions {
  readonly timestamp: () => string
  readonly limits: Pick<HubLimits, 'replyBytes' | 'maxRooms'>
  /** Who is in a room. */
  readonly members: (room: string | null) => readonly PresenceMember[]
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
      const frames = new Map<string | null, Buffer>()
      for (const watch of watches.values()) this.#tellOne(watch, { room, members, frames })
    }
  }

  /** Who is in a room, as a client is told. */
  describe(room: string | null, name: string | null): HubMessageData['presence'] {
    const members = this.#options.members(room)
    // Those who are there come first: where not all fit, those who went are left out.
    const ordered = [...members].sort((a, b) => Number(a.state === 'offline') - Number(b.state === 'offline'))
    return { room: name, members: whatFits(ordered), total: members.length }
  }

  #tellOne(
    watch: Watch,
    news: { room: string | null; members: readonly PresenceMember[]; frames: Map<string | null, Buffer> },
  ): void {
    const { watcher, name } = watch
    const { room, members, frames } = news
    if (members.length === 0 && !watch.isBehind) return
    const told = whatFits(members)
    const isSlow = watcher.feed.queue.replyBytes > this.#options.limits.replyBytes / 4
    watch.isBehind ||= isSlow || told.length < members.length
    if (isSlow) return
    const frame = watch.isBehind
      ? this.#frame('presence', this.describe(room, name))
      : (frames.get(name) ?? this.#frame('presence_event', { room: name, members: told }))
    if (!watch.isBehind) frames.set(name, frame)
    watch.isBehind = false
    watcher.feed.queue.push({ frames: [frame], kind: 'reply', from: null })
  }

  #frame<Type extends 'presence' | 'presence_event'>(type: Type, data: HubMessageData[Type]): Buffer {
    // Nobody can ask for presence over an event stream.
    return messageFrame(type, data, { timestamp: this.#options.timestamp(), wire: 'json' })
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
