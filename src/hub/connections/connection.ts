import type { Identity } from '../../access/identity.ts'
import type { GapReason } from '../../domain/cursor.ts'
import { retryMsOf } from '../../domain/errors/passing-errors.ts'
import type { RtbridgeError } from '../../domain/errors/registry.ts'
import { rtbridgeError, toRtbridgeError } from '../../domain/errors/registry.ts'
import { type CloseCode, closeCodes } from '../../protocol/close-codes.ts'
import type { ClientMessage, HubMessageData, HubMessageType, RegisterData } from '../../protocol/messages.ts'
import type { HubContext } from '../context.ts'
import { catchUp } from '../feed/catch-up.ts'
import type { Delivery } from '../feed/delivery.ts'
import { buildDelivery } from '../feed/delivery.ts'
import { Feed, type FeedOwner } from '../feed/feed.ts'
import { HeldEvents } from '../feed/held-events.ts'
import { SubscriptionReplay, type SubscriptionReplayOwner } from '../feed/subscription-replay.ts'
import { isLimitError } from '../limits.ts'
import { LiveTables } from '../live/live-tables.ts'
import { loseRows } from '../live/lose-rows.ts'
import { Interests } from '../matching/interests.ts'
import { isConflated, matchEvents, type Selection } from '../matching/profile.ts'
import type { Profile } from '../matching/profile-registry.ts'
import type { SelectedEvent } from '../matching/selected-event.ts'
import type { CompiledSubscription } from '../matching/subscription.ts'
import { SubscriptionSet } from '../matching/subscription-set.ts'
import { ClientRooms } from '../rooms/client-rooms.ts'
import type { EncodableEvent } from '../stream/encode-event.ts'
import type { EncodedBatch, Position } from '../stream/encoded-batch.ts'
import type { FrameForm } from '../stream/frames.ts'
import { lazyCheckpoint } from '../stream/frames.ts'
import type { Client } from './client.ts'
import { DurableLine } from './durable-line.ts'
import { type ErrorSubject, toErrorData } from './error-data.ts'
import { handleMessage } from './handle-message.ts'
import { parseFrame } from './parse-client-message.ts'
import { GuardedPeer, type Peer, type Wire } from './peer.ts'
import { toRefusedSubscription } from './refused-subscription.ts'
import { register } from './register.ts'
import { Session, type SessionOwner } from './session.ts'
import { authenticate, hasSameRights } from './sign-in.ts'

/** Hears of what becomes of connections. */
export interface ConnectionOwner {
  /** Its user signed in again and may do what he could: what depends on more of him is to be asked again. */
  renewed(connection: Connection): void
  ended(connection: Connection): void
}

/** One client of the hub, whatever transport it came by. */
export class Connection implements Client, FeedOwner, SessionOwner {
  readonly id: string
  readonly remoteAddress: string
  readonly feed: Feed
  readonly interests: Interests
  readonly context: HubContext<Connection>
  readonly session: Session
  readonly #peer: Peer
  readonly rooms: ClientRooms
  readonly #owner: ConnectionOwner
  // Most connections need none of these, and there are many connections.
  #durable: DurableLine | null = null
  #live: LiveTables | null = null
  #replays: Map<string, SubscriptionReplay> | null = null
  #registration: { readonly clientId: string; readonly appName: string; readonly batch: boolean } | null =
    null
  #profile: Profile<Connection> | null = null
  /** Frames that came while `register` waited for the hub, as they were: parsed they can be many times as large. */
  #pending: string[] | null = null
  #pendingBytes = 0
  #overspentAt: number | null = null

  /** @param identity who the transport found it to be; null = nobody yet */
  constructor(
    context: HubContext<Connection>,
    peer: Peer,
    { identity, owner }: { readonly identity: Identity | null; readonly owner: ConnectionOwner },
  ) {
    this.context = context
    this.id = `${context.hubId}/${context.newId()}`
    this.remoteAddress = peer.remoteAddress
    this.#peer = peer
    this.rooms = new ClientRooms(context.limits, context.clock)
    this.#owner = owner
    this.interests = new Interests(context.limits)
    this.session = new Session(context, this, identity)
    this.feed = new Feed(context, new GuardedPeer(peer, this.session), this)
  }

  /** Who it acts for. @throws RTB_INTERNAL while nobody has signed in: nothing is handled then */
  get identity(): Identity {
    const { identity } = this.session
    if (identity === null) throw rtbridgeError('RTB_INTERNAL', { part: 'a connection of nobody' })
    return identity
  }

  /** Null until the client has registered. */
  get clientId(): string | null {
    return this.#registration?.clientId ?? null
  }

  /** Null until the client has registered. */
  get appName(): string | null {
    return this.#registration?.appName ?? null
  }

  /** What its frames are. */
  get wire(): Wire {
    return this.#peer.wire
  }

  /** Subscriptions that are not part of the stream yet. */
  get pendingSubscriptions(): number {
    return (this.#replays?.size ?? 0) + (this.#live?.size ?? 0)
  }

  /** Its custom events that are being stored. */
  get durable(): DurableLine {
    this.#durable ??= new DurableLine(this.context.limits.queueBytes)
    return this.#durable
  }

  /** Its live tables whose rows are on their way. */
  get live(): LiveTables {
    this.#live ??= new LiveTables(this)
    return this.#live
  }

  /** The transport received a text frame. Never throws: whatever is wrong is answered with an `error` frame. */
  receive(text: string): void {
    // A clock that jumps is ahead of every timer: whose sign-in has expired is not listened to either.
    if (this.feed.state === 'closed' || !this.session.holds()) return
    const frame = parseFrame(text, this.context.limits)
    if (frame.ok) this.#accept(frame.message, text)
    else this.refuse(frame.error, frame.inReplyTo)
  }

  /** The transport knows what the client asks for: as if it had sent `register`. Never throws. */
  register(data: RegisterData): void {
    if (this.feed.state !== 'closed') this.#accept({ type: 'register', data, messageId: null }, '')
  }

  /**
   * Answers with an `error` frame; what is unexpected keeps its text to itself.
   */
  refuse(error: RtbridgeError, inReplyTo: string | null = null, about: ErrorSubject = {}): void {
    this.context.counters.clientErrors++
    if (isLimitError(error.code)) this.context.counters.limited++
    this.feed.reply('error', toErrorData(error, inReplyTo, about))
  }

  /** Answers a message; its `message_id` is repeated. */
  reply<Type extends HubMessageType>(
    message: { readonly messageId: string | null },
    type: Type,
    data: HubMessageData[Type],
  ): void {
    this.feed.reply(type, message.messageId === null ? data : { ...data, in_reply_to: message.messageId })
  }

  /** The transport has lost the client, or let it go. Safe to call twice. */
  closed(): void {
    this.session.close()
    this.feed.close()
    for (const replay of this.#replays?.values() ?? []) replay.cancel()
    this.#replays = null
    this.#live?.close()
    this.#pending = null
    this.rooms.close()
    this.context.presence.leave(this.id)
    if (this.#profile !== null) this.context.profiles.leave(this, this.#profile)
    this.#profile = null
    this.context.personalRooms.set(this, [])
    this.#owner.ended(this)
  }

  /** Its user has signed in again. */
  identityChanged(before: Identity, after: Identity): void {
    // Nothing waits for it yet.
    if (this.clientId === null) return
    // What waits for it was chosen for who it was. With its cursor it goes on where it is.
    if (hasSameRights(this.context.access, before, after)) this.#owner.renewed(this)
    else this.dismiss(closeCodes.identityChanged, 'what may be seen has changed')
  }

  /** Nobody it could act for is left. */
  sessionEnded(code: CloseCode, reason: string): void {
    this.feed.cut(code, reason)
  }

  /** Ends the connection politely: what was handed over still arrives, what waits does not. */
  dismiss(code: CloseCode, reason: string): void {
    if (this.feed.state === 'closed') return
    if (this.feed.queue.bytes > 0) this.feed.cut(code, reason)
    else {
      this.closed()
      this.#peer.close(code, reason)
    }
  }

  /** From here on the client gets its stream: `registered` is sent, the past follows, then live. */
  begin(start: Parameters<Client['begin']>[0]): void {
    const { data, clientId, messageId } = start
    this.#registration = { clientId, appName: data.app_name, batch: data.batch ?? false }
    this.reselect()
    start.announce()
    if (this.feed.state === 'closed') return
    this.feed.begin(start.position)
    const { subscriptions = [] } = data
    if (subscriptions.length > 0) this.live.subscribeAll(subscriptions, messageId)
    this.#handlePending()
  }

  /** `register` was refused: what came after it is handled as if it had not come. */
  refuseRegister(): void {
    if (this.feed.state !== 'registering') return
    this.feed.apply('refused')
    this.#handlePending()
  }

  #handlePending(): void {
    this.#pendingBytes = 0
    const pending = this.#pending ?? []
    this.#pending = null
    for (const text of pending) this.receive(text)
  }

  /** Subscriptions or rooms have changed: the connection moves to the profile of what it wants now. */
  reselect(): void {
    if (this.feed.state === 'closed') return
    // What it wanted until now goes out first.
    this.feed.conflation.flush()
    const { identity } = this.session
    if (identity !== null) this.interests.setAutomatic(this.context.access.roomsOf(identity))
    const { selected, rooms, personalRooms } = this.interests
    this.#profile = this.context.profiles.enter(this, this.#select(selected, rooms), this.#profile)
    this.context.personalRooms.set(this, personalRooms)
    this.context.presence.update(this)
  }

  /**
   * Replays what came after `from` for one subscription, which then becomes part of the connection. One of the same id
   * was given up before.
   */
  replaySubscription(
    subscription: CompiledSubscription,
    from: Position,
    attach: SubscriptionReplayOwner['attach'],
    isFresh: boolean,
  ): void {
    const { id, rooms } = subscription.spec
    const held = new HeldEvents()
    const alone = new SubscriptionSet([subscription])
    const owner: SubscriptionReplayOwner = {
      feed: this.feed,
      present: () => this.context.stream.checkpoint ?? from,
      frames: batch => {
        const selection = this.#select(alone, new Set([...this.interests.allRooms, ...rooms]))
        const out = held.take(this.#match(batch, selection))
        if (held.bytes > this.context.limits.queueBytes) out.push(...held.release())
        return this.#aside(batch, out)
      },
      rest: at => this.#aside({ events: [], from: at, to: at, bytes: 0 }, held.release()),
      forget: () => held.clear(),
      attach: outcome => {
        this.#replays?.delete(id)
        attach(outcome)
      },
    }
    const replay = new SubscriptionReplay(owner, from, isFresh ? 'fresh' : 'resumed')
    this.#replays ??= new Map()
    this.#replays.set(id, replay)
    void catchUp(replay, this.context)
  }

  /** The replay of a subscription that is no part of the stream yet. */
  replayOf(id: string): SubscriptionReplay | undefined {
    return this.#replays?.get(id)
  }

  /** Gives up the replay or the rows of a subscription; false when there were none. */
  cancelReplay(id: string): boolean {
    this.rooms.replaying?.delete(id)
    this.#replays?.get(id)?.cancel()
    return [this.#replays?.delete(id), this.#live?.cancel(id)].includes(true)
  }

  /** The hub's stream started over. */
  restart(reason: GapReason): void {
    this.feed.restart(reason)
    for (const replay of this.#replays?.values() ?? []) replay.restart(reason)
  }

  /** `ping` is always answered, `register` comes first and once, the rest waits until `registered` was sent. */
  #dispatch(message: ClientMessage, text: string): Promise<void> | void {
    const { state } = this.feed
    if (message.type === 'ping') return this.reply(message, 'pong', {})
    if (message.type === 'auth') return authenticate(this, message)
    if (message.type === 'register') {
      if (state !== 'connected') throw rtbridgeError('RTB_REGISTER_TWICE', {})
      return register(this, message)
    }
    if (state === 'connected') throw rtbridgeError('RTB_REGISTER_FIRST', { type: message.type })
    if (state !== 'registering') return handleMessage(this, message)
    const limit = this.context.limits.pendingBytes
    // What a short text keeps besides its characters is counted, too.
    this.#pendingBytes += 2 * text.length + 100
    if (this.#pendingBytes > limit) throw rtbridgeError('RTB_REGISTER_PENDING', { limit })
    this.#pending ??= []
    this.#pending.push(text)
  }

  #accept(message: ClientMessage, text: string): void {
    try {
      this.#dispatch(message, text)?.catch(thrown => this.fail(message, thrown))
    } catch (thrown) {
      this.fail(message, thrown)
    }
  }

  /** Answers a message that could not be handled; what is unexpected goes to the operator. */
  fail(message: ClientMessage, thrown: unknown): void {
    const part = 'the hub'
    const refused = toRefusedSubscription(message, thrown)
    const error = toRtbridgeError(refused.reason, part)
    const isTheirs = error.actor === 'client-author'
    // A lost database behind it is for the operator too.
    const isStorage = error.code === 'RTB_CUSTOM_EVENT_FAILED' && error.cause !== undefined
    if (!isTheirs || isStorage) this.context.onError(error, 'connection')
    const shown = isTheirs ? error : rtbridgeError('RTB_INTERNAL', { part })
    const about = { subscription: refused.id, retryMs: retryMsOf(shown) }
    this.refuse(shown, message.messageId ?? message.type, about)
    // Who can send nothing cannot try again on the same connection. A live table that fails ends no other subscription.
    if (this.#peer.wire === 'sse' && message.type === 'register')
      this.dismiss(closeCodes.internal, 'the stream did not begin')
  }

  #select(subscriptions: SubscriptionSet, rooms: ReadonlySet<string>): Selection {
    const { identity, context } = this
    return { identity, access: context.access, subscriptions, rooms, form: this.#form }
  }

  get #form(): FrameForm {
    if (this.#peer.wire === 'sse') return 'sse'
    return this.#registration?.batch === true ? 'batch' : 'single'
  }

  /** The next live batch, of which the events for this connection are known. */
  deliverSelected(batch: EncodedBatch, selected: readonly SelectedEvent[]): void {
    if (this.feed.state === 'live') this.feed.deliverLive(this.feed.conflation.deliver(batch, selected))
  }

  /** The next live batch, for this connection alone: it made one of the events itself. */
  deliverAlone(batch: EncodedBatch): void {
    if (this.feed.state === 'live') this.feed.deliverLive(this.deliver(batch))
  }

  /** Its conditions took too much work on an event. Told now and then, not for each. */
  tellOverspent({ eventId, table }: EncodableEvent): void {
    const { clock, limits } = this.context
    const now = clock.now()
    if (this.#overspentAt !== null && now - this.#overspentAt < limits.noticeEveryMs) return
    this.#overspentAt = now
    this.refuse(rtbridgeError('RTB_SUBSCRIPTION_WORK', { eventId, table: table ?? 'none' }))
  }

  /** The frames of a batch for this connection alone. */
  deliver(batch: EncodedBatch): Delivery {
    const { selected: subscriptions, allRooms } = this.interests
    // Not the profile's: its members have rooms of their own besides.
    const selection = this.#select(subscriptions, allRooms)
    const selected = this.#match(batch, selection)
    if (isConflated(selection)) return this.feed.conflation.deliver(batch, selected)
    return this.build(batch, selected, true)
  }

  #match(batch: EncodedBatch, selection: Selection): SelectedEvent[] {
    const { counters, limits } = this.context
    return matchEvents(selection, batch.events, {
      workPerEvent: limits.whereWorkPerEvent,
      exceptOrigin: this.clientId,
      onError: () => counters.whereErrors++,
      onOverspent: ({ event }, unfinished) => {
        counters.whereOverspent++
        this.tellOverspent(event)
        loseRows(this, unfinished)
      },
    })
  }

  /** Frames beside the stream: of one subscription that is replayed. */
  #aside(batch: EncodedBatch, out: readonly SelectedEvent[]): readonly Buffer[] {
    this.feed.conflation.makeWay(out)
    return this.build(batch, out, false).frames
  }

  /** The frames of events that were chosen before; `moves`: the cursor moves to the end of the batch. */
  build(batch: EncodedBatch, selected: readonly SelectedEvent[], moves: boolean): Delivery {
    const at = this.context.timestamp()
    const options = { form: this.#form, own: moves, at, checkpoint: lazyCheckpoint(batch.to, at) }
    return buildDelivery(batch, selected, options)
  }
}
