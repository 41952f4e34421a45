import type { AccessRules } from '../access/access-rules.ts'
import type { Authenticator } from '../access/authenticator.ts'
import type { Identity } from '../access/identity.ts'
import type { Audit } from '../domain/audit.ts'
import type { Cursor, GapReason } from '../domain/cursor.ts'
import type { EventBatch, History } from '../domain/event-batch.ts'
import type { HubAddress } from '../domain/hub-address.ts'
import type { PresenceBus } from '../domain/presence.ts'
import { silentPresenceBus } from '../domain/presence.ts'
import type { SignalBus } from '../domain/signal-bus.ts'
import type { TableRows } from '../domain/table-rows.ts'
import { closeCodes } from '../protocol/close-codes.ts'
import type { HubMessageData, HubMessageType } from '../protocol/messages.ts'
import type { FrameLimits } from '../protocol/read-client-message.ts'
import type { Caller } from './caller.ts'
import type { Clock } from './clock.ts'
import { Connection, type ConnectionOwner } from './connections/connection.ts'
import { dismissConnections } from './connections/dismiss-connections.ts'
import type { Peer } from './connections/peer.ts'
import { ReadyGate } from './connections/ready-gate.ts'
import type { HubContext, PublishDurable } from './context.ts'
import type { Counters } from './counters.ts'
import { createCounters } from './counters.ts'
import { exchangeRules, type RulesExchange } from './exchange-rules.ts'
import { ReplaySlots } from './feed/replay-slots.ts'
import type { HubLimits } from './limits.ts'
import { SnapshotReads } from './live/snapshot-reads.ts'
import { PersonalRooms } from './matching/personal-rooms.ts'
import { ProfileRegistry } from './matching/profile-registry.ts'
import { OutsideSignals } from './outside-signals.ts'
import { publishLive } from './publish-live.ts'
import { publishSignal } from './publish-signal.ts'
import type { HistoryAnswer, HistoryGap, HistoryQuery } from './read-history.ts'
import { readHistory } from './read-history.ts'
import { Presence, wholeOffice } from './rooms/presence.ts'
import { keepRechecking, recheckRooms } from './rooms/recheck-rooms.ts'
import type { OutsideEvent } from './send-event.ts'
import { requireRoom, sendEvent } from './send-event.ts'
import { Siblings } from './siblings.ts'
import { lazyCheckpoint } from './stream/frames.ts'
import { Stream } from './stream/stream.ts'
import { type ChangePlace, traceChange } from './trace-change.ts'

/** Changes of the siblings are told together, ms. */
const siblingsWithinMs = 250

export interface HubOptions {
  /** Names this hub to clients. */
  readonly hubId: string
  readonly history: History
  /** The tables, for live tables; default: none is captured. */
  readonly tables?: TableRows
  /** The journal should be read now, because somebody waits for what may be in it; default: it is read in time. */
  readonly lookNow?: () => void
  readonly limits: HubLimits
  readonly clock: Clock
  readonly signals: SignalBus
  /** Tells other hubs who is here; default none. */
  readonly presenceBus?: PresenceBus
  /** Null when custom events cannot be stored. */
  readonly publishDurable: PublishDurable | null
  readonly authenticator: Authenticator
  readonly access: AccessRules
  readonly audit: Audit
  /** How often the transport probes a connection; told to clients, milliseconds. */
  readonly heartbeatMs: number
  /** Makes ids that are never made twice. */
  readonly newId: () => string
  /** From 0 to below 1; spreads the return of clients. */
  readonly random: () => number
  /** Hears of what failed and is healed by trying again. */
  readonly onError: (error: unknown, part: string) => void
}

export interface HubStats {
  readonly connections: number
  readonly registered: number
  readonly subscriptions: number
  readonly profiles: number
  /** Connections that are catching up, or behind. */
  readonly catchingUp: number
  readonly behind: number
  /** Frames waiting for all connections, bytes. */
  readonly queuedBytes: number
  /** Events that conflated subscriptions hold back, bytes. */
  readonly heldBytes: number
  readonly tailBytes: number
  /** Reads of tables under way, and those that wait for their turn. */
  readonly snapshotsReading: number
  readonly snapshotsWaiting: number
  /** Null while live, else since when the hub has lost its database, ISO 8601. */
  readonly staleSince: string | null
  /** The last checkpoint; null before `start`. */
  readonly cursor: string | null
  readonly counters: Readonly<Counters>
}

/**
 * Brings events to connections: who gets what, in which order, and where each continues. Knows neither sockets nor
 * SQL. Batches come in through `publish`; connections come from transports through `connect`.
 */
export class Hub {
  readonly #options: HubOptions
  readonly #context: HubContext<Connection>
  readonly #connections = new Set<Connection>()
  readonly #owner: ConnectionOwner = {
    renewed: connection => void recheckRooms(connection),
    ended: connection => this.#ended(connection),
  }
  readonly #gate: ReadyGate
  readonly #endSignals: () => void
  readonly #endRevocations: () => void
  readonly #endRechecks: () => void
  /** Null while there are no connections. */
  #cancelTick: (() => void) | null = null
  /** Null while no change of the siblings waits to be told. */
  #cancelSiblings: (() => void) | null = null
  #closing: Promise<void> | null = null

  constructor(options: HubOptions) {
    this.#options = options
    const { limits, clock, hubId, presenceBus = silentPresenceBus } = options
    const stream = new Stream(limits.tailBytes)
    const timestamp = () => new Date(clock.now()).toISOString()
    this.#gate = new ReadyGate(timestamp)
    const gate = this.#gate
    const counters = createCounters()
    const snapshots = () => reads
    this.#context = {
      ...options,
      lookNow: options.lookNow ?? (() => {}),
      get snapshots() {
        return snapshots()
      },
      presence: new Presence({ hubId, bus: presenceBus, clock, limits }),
      get notReady() {
        return gate.notReady
      },
      stream,
      timestamp,
      profiles: new ProfileRegistry<Connection>(identity => options.access.keyOf(identity)),
      personalRooms: new PersonalRooms<Connection>(),
      unsettled: new Set(),
      slots: new ReplaySlots(limits.replays),
      counters,
      siblings: new Siblings(),
      outsideSignals: new OutsideSignals(limits, clock, counters),
      whenReady: signal => this.#gate.whenOpen(signal),
    }
    const reads = new SnapshotReads(this.#context, options.tables)
    this.#endSignals = options.signals.subscribe(signal => void publishSignal(this.#context, signal))
    this.#endRevocations = options.authenticator.onRevoked(() => this.#checkRevoked())
    this.#endRechecks =
      limits.roomRecheckMs === 0
        ? () => {}
        : keepRechecking(this.#context, () => this.#connections, limits.roomRecheckMs)
  }

  /** Sets the first position, a checkpoint; clients that wait are answered. */
  start(cursor: Cursor): void {
    this.#context.stream.reset(cursor)
    this.#gate.start()
  }

  /**
   * Takes the next live batch. It must begin where the last one ended; an empty one only moves the position. When it
   * returns, the sockets of all who keep up have their frames.
   * @returns how many events were given to connections, counted per connection
   * @throws RTB_INTERNAL before `start`
   */
  publish(batch: EventBatch): number {
    const { counters } = this.#context
    const before = counters.delivered
    publishLive(this.#context, batch)
    return counters.delivered - before
  }

  /** The history itself has changed: every client is told of the gap and goes on from the new position. */
  reset(cursor: Cursor, reason: GapReason): void {
    this.#context.stream.reset(cursor)
    for (const connection of this.#connections) connection.restart(reason)
  }

  /** The database is away: clients are told, and who registers now has to wait. */
  setStale(reason: string): void {
    if (this.#gate.stale !== null) return
    const since = this.#gate.setStale(reason)
    this.#broadcast('status', { state: 'stale', since, reason })
  }

  /** The database is back. */
  setLive(): void {
    if (this.#gate.stale === null) return
    const since = this.#context.timestamp()
    this.#broadcast('status', { state: 'live', since })
    this.#gate.setLive()
  }

  /**
   * Takes a new client; its transport reports what it sends and when it is gone.
   * @param peer the client's end, already open
   * @param identity who it showed itself to be when it opened the connection; null = it has yet to sign in, if it must
   */
  connect(peer: Peer, identity: Identity | null = null): Connection {
    const { counters, limits } = this.#context
    const connection = new Connection(this.#context, peer, { identity, owner: this.#owner })
    const isFull = this.#connections.size >= limits.maxConnections
    if (isFull || this.#closing !== null) {
      counters.connectionsRefused++
      connection.closed()
      peer.close(isFull ? closeCodes.hubFull : closeCodes.goingAway, isFull ? 'hub is full' : 'hub stops')
      return connection
    }
    counters.connectionsOpened++
    if (this.#connections.add(connection).size === 1) this.#context.lookNow()
    this.#cancelTick ??= this.#context.clock.after(limits.checkpointEveryMs, () => this.#tick())
    this.#record(connection, 'connect')
    return connection
  }

  /**
   * Sends an event of somebody who has no connection.
   * @returns its id
   * @throws RTB_CUSTOM_EVENT_* RTB_ROOM_DENIED
   */
  send(caller: Caller, event: OutsideEvent): Promise<string | null> {
    return sendEvent(this.#context, caller, event)
  }

  /**
   * Says no to somebody who may not be in a room.
   * @throws RTB_ROOM_DENIED
   */
  requireRoom({ identity }: Pick<Caller, 'identity'>, room: string): Promise<void> {
    return requireRoom(this.#context, identity, room)
  }

  /**
   * A page of the past for somebody who has no connection.
   * @throws RTB_CURSOR_UNREADABLE RTB_HUB_NOT_READY RTB_ROOM_DENIED RTB_SUBSCRIPTION_WHERE
   */
  readHistory(caller: Caller, query: HistoryQuery): Promise<HistoryAnswer | HistoryGap> {
    // Who has no connection may be the only one who is there, and come with a position of another hub.
    if (this.#connections.size === 0) this.#context.lookNow()
    return readHistory(this.#context, caller, query)
  }

  /** What bounds a message of a client, for those who read one that is not in a frame. */
  get frameLimits(): FrameLimits {
    return this.#context.limits
  }

  /** How the hub is, at this moment. */
  stats(): HubStats {
    const { stream, profiles, counters } = this.#context
    const connections = [...this.#connections]
    const inState = (state: string) => connections.filter(({ feed }) => feed.state === state).length
    return {
      connections: connections.length,
      registered: connections.filter(({ clientId }) => clientId !== null).length,
      subscriptions: connections.reduce((sum, { interests }) => sum + interests.selected.size, 0),
      profiles: profiles.size,
      catchingUp: inState('catching-up'),
      behind: inState('behind'),
      queuedBytes: connections.reduce((sum, { feed }) => sum + feed.queue.bytes, 0),
      heldBytes: connections.reduce((sum, { feed }) => sum + feed.conflation.bytes, 0),
      tailBytes: stream.tailBytes,
      snapshotsReading: this.#context.snapshots.running,
      snapshotsWaiting: this.#context.snapshots.waiting,
      staleSince: this.#gate.stale?.since ?? null,
      cursor: stream.checkpoint?.token ?? null,
      counters: { ...counters },
    }
  }

  /** The bus between hubs works from here on, or again. */
  announcePresence(): void {
    this.#context.presence.start()
  }

  /**
   * The other hubs that clients can go to, all of them: whoever was told something else is told once, a little later, so
   * that a hub that is started anew is no news.
   */
  announceSiblings(list: readonly HubAddress[]): void {
    const { siblings, clock } = this.#context
    if (!siblings.set(list.map(({ hubId, url }) => ({ hub_id: hubId, url })))) return
    if (this.#closing !== null) return
    this.#cancelSiblings ??= clock.after(siblingsWithinMs, () => {
      this.#cancelSiblings = null
      this.#tellSiblings()
    })
  }

  /**
   * Who is in a room; with null who is there at all, of the asking one's tenant where there are tenants. Whether he may
   * know is not looked at, see `requireRoom`.
   */
  presence(identity: Identity, room: string | null): HubMessageData['presence'] {
    return this.#context.presence.watchers.describe(room ?? wholeOffice(identity), room)
  }

  /** Rooms with somebody in them at any hub, and how many; rooms of single users are left out. */
  rooms(): readonly { readonly room: string; readonly members: number }[] {
    return this.#context.presence.rooms()
  }

  /** Puts other rules in force; who may see other things than before is ended, see {@link exchangeRules}. */
  exchangeRules(exchange: RulesExchange): void {
    exchangeRules(this.#context, [...this.#connections], exchange)
  }

  /** Every connected client, for status. */
  connections(): readonly Connection[] {
    return [...this.#connections]
  }

  /** What the hub knows of a change, and to whom it gave what was made of it. */
  trace(change: ChangePlace) {
    return traceChange(this.#context, [...this.#connections], change)
  }

  /** Hands an event to one connection alone. @returns whether one of its subscriptions is for it */
  tell(connection: Connection, { eventType, data }: Pick<OutsideEvent, 'eventType' | 'data'>): boolean {
    const { newId, timestamp } = this.#context
    const event = { eventId: newId(), eventType, data, room: null, origin: 'api', connectionId: '' }
    return publishSignal(this.#context, { ...event, at: timestamp() }, connection) > 0
  }

  /**
   * Tells every client to come back later, lets it take what waits, and ends it. Ends within `closeWithinMs`.
   * @param reason told to clients
   */
  close(reason = 'the hub stops'): Promise<void> {
    this.#closing ??= this.#close(reason)
    return this.#closing
  }

  async #close(reason: string): Promise<void> {
    this.#cancelTick?.()
    this.#cancelSiblings?.()
    this.#endSignals()
    this.#endRevocations()
    this.#endRechecks()
    const { random } = this.#options
    await dismissConnections([...this.#connections], this.#context, { reason, random })
    this.#context.presence.close()
  }

  #broadcast<Type extends HubMessageType>(type: Type, data: HubMessageData[Type]): void {
    for (const connection of this.#connections) connection.feed.reply(type, data)
  }

  /** Who does not read is told when it does: these must not pile up as unread answers. */
  #tellSiblings(): void {
    const { siblings } = this.#context
    for (const connection of [...this.#connections]) {
      const { feed, clientId } = connection
      const hubs = clientId === null || feed.queue.replyBytes > 0 ? null : siblings.tell(connection)
      if (hubs !== null) feed.reply('hubs', { hubs })
    }
  }

  #ended(connection: Connection): void {
    if (this.#connections.delete(connection)) this.#record(connection, 'disconnect')
  }

  #record({ id, session, remoteAddress, appName }: Connection, action: 'connect' | 'disconnect'): void {
    const user = session.identity?.user ?? null
    this.#options.audit({
      action,
      user,
      connection: id,
      address: remoteAddress,
      code: null,
      subject: appName,
    })
  }

  #checkRevoked(): void {
    for (const { session } of [...this.#connections]) session.checkRevoked()
  }

  /** Checkpoints for those to whom nothing is sent, an end for those who take nothing. */
  #tick(): void {
    const { clock, limits, stream } = this.#context
    const goesOn = this.#connections.size > 0
    this.#cancelTick = goesOn ? clock.after(limits.checkpointEveryMs, () => this.#tick()) : null
    const { head } = stream
    const checkpoint = head === null ? undefined : lazyCheckpoint(head, this.#context.timestamp())
    for (const { feed } of [...this.#connections]) {
      feed.sendCheckpoint(checkpoint)
      feed.cutIfStalled(clock.elapsed())
    }
    if (this.#cancelSiblings === null) this.#tellSiblings()
  }
}
