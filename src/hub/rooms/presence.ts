import type { Identity } from '../../access/identity.ts'
import type { PresenceBus, PresenceEntry } from '../../domain/presence.ts'
import { maxPresenceName } from '../../domain/presence.ts'
import { toolClientPrefix } from '../../protocol/tool-client.ts'
import type { Clock } from '../clock.ts'
import type { HubLimits } from '../limits.ts'
import { OwnPeople } from './own-people.ts'
import { type PresenceList, PresenceTally } from './presence-tally.ts'
import { PresenceWatchers } from './presence-watchers.ts'
import { RemoteHubs } from './remote-hubs.ts'

/** A connection, as far as presence looks at it. */
export interface PresentClient {
  readonly id: string
  readonly clientId: string | null
  readonly appName: string | null
  readonly session: { readonly identity: Identity | null }
  /** Every room it is in, but for its user's own. */
  readonly interests: { readonly rooms: ReadonlySet<string> }
  readonly rooms: { readonly isAway: boolean }
}

export interface PresenceOptions {
  readonly hubId: string
  readonly bus: PresenceBus
  readonly clock: Clock
  readonly limits: Pick<
    HubLimits,
    'presenceGraceMs' | 'presenceHeartbeatMs' | 'presenceRememberMs' | 'replyBytes' | 'maxRooms'
  >
}

/** Changes are told together after this, ms. */
const togetherMs = 100
/** A hub that missed this many heartbeats, and a little, is gone. */
const missedUntilGone = 3.3
/** Most of those who went that are remembered. */
const maxRemembered = 1_000

/**
 * Who is there, in each room and in all, at every hub. A hub is believed of its own connections for as long as it is
 * heard, so nobody stays behind when one dies.
 */
export class Presence {
  readonly watchers: PresenceWatchers
  readonly #options: PresenceOptions
  readonly #tally: PresenceTally
  readonly #own: OwnPeople
  readonly #remote: RemoteHubs
  readonly #leaving = new Map<string, () => void>()
  readonly #endWords: () => void
  #cancelFlush: (() => void) | null = null
  /** Null while nobody is there, remembered or told. */
  #cancelBeat: (() => void) | null = null

  constructor(options: PresenceOptions) {
    const { hubId, bus, clock, limits } = options
    this.#options = options
    const timestamp = () => new Date(clock.now()).toISOString()
    this.#tally = new PresenceTally({ timestamp, maxRemembered })
    this.#own = new OwnPeople(bus)
    this.watchers = new PresenceWatchers({
      timestamp,
      limits,
      members: (room, max) => this.members(room, max),
    })
    this.#remote = new RemoteHubs({
      hubId,
      clock,
      silentMs: limits.presenceHeartbeatMs * missedUntilGone,
      graceMs: limits.presenceGraceMs,
      put: entry => this.#changed(() => this.#tally.put(entry)),
      remove: id => this.#changed(() => this.#tally.remove(id)),
      ask: of => void bus.tell({ word: 'ask', of }),
      answer: () => this.#changed(() => this.#own.wantAll()),
    })
    this.#endWords = bus.onWord((from, word) => this.#remote.hear(from, word))
  }

  /** The bus carries words from here on, or again: hubs tell each other everything. */
  start(): void {
    this.#options.bus.tell({ word: 'ask', of: null })
    this.#changed(() => this.#own.wantAll())
  }

  /** A connection is there, or its rooms or its state have changed. */
  update(client: PresentClient): void {
    const entry = entryOf(client)
    if (entry === null || isSame(entry, this.#own.get(entry.id))) return
    this.#own.put(entry)
    this.#changed(() => this.#tally.put(entry))
  }

  /** A connection has ended. It counts for a grace time: most come back. */
  leave(id: string): void {
    this.watchers.remove(id)
    if (this.#own.get(id) === undefined || this.#leaving.has(id)) return
    const gone = () => {
      this.#leaving.delete(id)
      this.#own.remove(id)
      this.#changed(() => this.#tally.remove(id))
    }
    const { presenceGraceMs } = this.#options.limits
    if (presenceGraceMs === 0) gone()
    else this.#leaving.set(id, this.#options.clock.after(presenceGraceMs, gone))
  }

  /** Who is in a room (null = anywhere), and who went not long ago; those who are there come first. */
  members(room: string | null, max: number): PresenceList {
    return this.#tally.members(room, max)
  }

  /** Rooms with somebody in them at any hub, and how many. */
  rooms(): { readonly room: string; readonly members: number }[] {
    return this.#tally.rooms()
  }

  /** Ends without a word: the bus itself says goodbye. */
  close(): void {
    this.#endWords()
    this.#cancelBeat?.()
    this.#cancelFlush?.()
    // Nothing that comes later starts them again.
    this.#cancelBeat = this.#cancelFlush = () => {}
    this.#remote.close()
    for (const cancel of this.#leaving.values()) cancel()
  }

  #changed(change: () => void): void {
    const { clock, limits } = this.#options
    change()
    this.#cancelBeat ??= clock.after(limits.presenceHeartbeatMs, () => this.#beat())
    this.#cancelFlush ??= clock.after(togetherMs, () => {
      this.#cancelFlush = null
      this.#own.tell()
      this.watchers.tell(this.#tally.takeChanges())
    })
  }

  #beat(): void {
    const { clock, limits } = this.#options
    this.#own.beat()
    this.#tally.forget(new Date(clock.now() - limits.presenceRememberMs).toISOString())
    this.watchers.tell([])
    const isOver = this.#tally.isEmpty && this.watchers.isEmpty
    this.#cancelBeat = isOver ? null : clock.after(limits.presenceHeartbeatMs, () => this.#beat())
  }
}

/** The room whose presence stands for everybody: those of one tenant see each other only. */
export function wholeOffice({ tenant }: Pick<Identity, 'tenant'>): string | null {
  return tenant === null ? null : `tenant:${tenant}`
}

function entryOf({ id, clientId, appName, session, interests, rooms }: PresentClient): PresenceEntry | null {
  if (clientId === null || clientId.startsWith(toolClientPrefix) || session.identity === null) return null
  const { user } = session.identity
  if (user !== null && user.length > maxPresenceName) return null
  return {
    id,
    user,
    clientId,
    appName: appName ?? '',
    away: rooms.isAway,
    rooms: [...interests.rooms].filter(room => room.length <= maxPresenceName).sort(),
  }
}

function isSame(entry: PresenceEntry, known: PresenceEntry | undefined): boolean {
  return JSON.stringify(entry) === JSON.stringify(known)
}
