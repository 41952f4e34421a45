import type { Identity } from '../../access/identity.ts'
import type { GapReason } from '../../domain/cursor.ts'
import { retryMsOf } from '../../domain/errors/passing-errors.ts'
import type { RtbridgeError } from '../../domain/errors/registry.ts'
import { rtbridgeError, toRtbridgeError } from '../../domain/errors/registry.ts'
import type { CloseCode } from '../../protocol/close-codes.ts'
import { closeCodes } from '../../protocol/close-codes.ts'
import type { ClientMessage, HubMessageData, HubMessageType, RegisterData } from '../../protocol/messages.ts'
import type { HubContext } from '../context.ts'
import { catchUp } from '../feed/catch-up.ts'
import type { Delivery } from '../feed/delivery.ts'
import { buildDelivery } from '../feed/delivery.ts'
import { Feed } from '../feed/feed.ts'
import { HeldEvents } from '../feed/held-events.ts'
import type { SubscriptionReplayOwner } from '../feed/subscription-replay.ts'
import { SubscriptionReplay } from '../feed/subscription-replay.ts'
import { isLimitError } from '../limits.ts'
import { LiveTables } from '../live/live-tables.ts'
import { Interests } from '../matching/interests.ts'
import type { Selection } from '../matching/profile.ts'
import { isConflated, matchEvents } from '../matching/profile.ts'
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
import { handleMessage } from './handle-message.ts'
import { parseFrame } from './parse-client-message.ts'
import type { Peer, Wire } from './peer.ts'
import { guardPeer } from './peer.ts'
import { toRefusedSubscription } from './refused-subscription.ts'
import { register } from './register.ts'
import { Session } from './session.ts'
import { authenticate, hasSameRights } from './sign-in.ts'

export interface ConnectionOptions {
  /** Who the transport found it to be; null = nobody yet. */
  readonly identity: Identity | null
  /** Its user signed in again and may do what he could: what depends on more of him is to be asked again. */
  readonly renewed: (connection: Connection) => void
  readonly ended: (connection: Connection) => void
}

/** One client of the hub, whatever transport it came by. */
export class Connection implements Client {
  readonly id: string
  readonly remoteAddress: string
  readonly feed: Feed
  readonly interests: Interests
  readonly context: HubContext<Connection>
  readonly durable: DurableLine
  readonly live: LiveTables = new LiveTables(this)
  readonly session: Session
  readonly #peer: Peer
  readonly rooms: ClientRooms
  readonly #ended: (connection: Connection) => void
  readonly #replays = new Map<string, SubscriptionReplay>()
  #registration: { readonly clientId: string; readonly appName: string; readonly batch: boolean } | null =
    null
  #profile: Profile<Connection> | null = null
  /** Frames that came while `register` waited for the hub, as they were: parsed they can be many times as large. */
  #pending: string[] = []
  #pendingBytes = 0
  #overspentAt: number | null = null

  constructor(context: HubContext<Connection>, peer: Peer, options: ConnectionOptions) {
    this.context = context
    this.id = `${context.hubId}/${context.newId()}`
    this.remoteAddress = peer.remoteAddress
    this.#peer = peer
    this.rooms = new ClientRooms(context.limits, context.clock)
    this.#ended = options.ended
    this.interests = new Interests(context.limits)
    this.durable = new DurableLine(context.limits.queueBytes)
    const { authenticator, clock, limits } = context
    this.session = new Session({
      authenticator,
      clock,
      signInMs: limits.signInMs,
      address: peer.remoteAddress,
      identity: options.identity,
      onChange: (before, after) => {
        // Nothing waits for it yet.
        if (this.clientId === null) return
        // What waits for it was chosen for who it was. With its cursor it goes on where it is.
        if (!hasSameRights(context.access, before, after)) {
          this.dismiss(closeCodes.identityChanged, 'what may be seen has changed')
        } else options.renewed(this)
      },
      onEnd: (code, reason) => this.feed.cut(code, reason),
    })
    const guarded = guardPeer(peer, () => this.session.holds())
    this.feed = new Feed(context, guarded, {
      deliver: batch => this.#deliver(batch),
      build: (batch, selected, moves) => this.#build(batch, selected, moves),
      ended: () => this.closed(),
    })
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
    return this.#replays.size + this.live.size
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
   * @param about `subscription`: the id of the one it is about; `retryMs`: when the same would be taken
   */
  refuse(
    error: RtbridgeError,
    inReplyTo: string | null = null,
    about: { readonly subscription?: string | null; readonly retryMs?: number | null } = {},
  ): void {
    this.context.counters.clientErrors++
    const { code, message, hint } = error
    if (isLimitError(code)) this.context.counters.limited++
    const { subscription = null, retryMs = null } = about
    this.feed.reply('error', {
      code,
      message,
      hint,
      in_reply_to: inReplyTo,
      ...(subscription === null ? {} : { subscription }),
      ...(retryMs === null ? {} : { retry_ms: retryMs }),
    })
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
    for (const replay of this.#replays.values()) replay.cancel()
    this.#replays.clear()
    this.live.close()
    this.#pending = []
    this.rooms.close()
    this.context.presence.leave(this.id)
    if (this.#profile !== null) this.context.profiles.leave(this, this.#profile)
    this.#profile = null
    this.context.personalRooms.set(this, [])
    this.#ended(this)
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
    this.live.subscribeAll(data.subscriptions ?? [], messageId)
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
    for (const text of this.#pending.splice(0)) this.receive(text)
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
        this.#replays.delete(id)
        attach(outcome)
      },
    }
    const replay = new SubscriptionReplay(owner, from, isFresh ? 'fresh' : 'resumed')
    this.#replays.set(id, replay)
    void catchUp(replay, this.context)
  }

  /** Gives up the replay or the rows of a subscription; false when there were none. */
  cancelReplay(id: string): boolean {
    this.rooms.replaying?.delete(id)
    this.#replays.get(id)?.cancel()
    return [this.#replays.delete(id), this.live.cancel(id)].includes(true)
  }

  /** The hub's stream started over. */
  restart(reason: GapReason): void {
    this.feed.restart(reason)
    for (const replay of this.#replays.values()) replay.restart(reason)
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
    if (this.feed.state === 'live') this.feed.deliverLive(this.#deliver(batch))
  }

  /** Its conditions took too much work on an event. Told now and then, not for each. */
  tellOverspent({ eventId, table }: EncodableEvent): void {
    const { clock, limits } = this.context
    const now = clock.now()
    if (this.#overspentAt !== null && now - this.#overspentAt < limits.noticeEveryMs) return
    this.#overspentAt = now
    this.refuse(rtbridgeError('RTB_SUBSCRIPTION_WORK', { eventId, table: table ?? 'none' }))
  }

  #deliver(batch: EncodedBatch): Delivery {
    const { selected: subscriptions, allRooms } = this.interests
    // Not the profile's: its members have rooms of their own besides.
    const selection = this.#select(subscriptions, allRooms)
    const selected = this.#match(batch, selection)
    if (isConflated(selection)) return this.feed.conflation.deliver(batch, selected)
    return this.#build(batch, selected, true)
  }

  #match(batch: EncodedBatch, selection: Selection): SelectedEvent[] {
    const { counters, limits } = this.context
    return matchEvents(selection, batch.events, {
      workPerEvent: limits.whereWorkPerEvent,
      exceptOrigin: this.clientId,
      onError: () => counters.whereErrors++,
      onOverspent: ({ event }) => {
        counters.whereOverspent++
        this.tellOverspent(event)
      },
    })
  }

  /** Frames beside the stream: of one subscription that is replayed. */
  #aside(batch: EncodedBatch, out: readonly SelectedEvent[]): readonly Buffer[] {
    this.feed.conflation.makeWay(out)
    return this.#build(batch, out, false).frames
  }

  #build(batch: EncodedBatch, selected: readonly SelectedEvent[], moves: boolean): Delivery {
    const at = this.context.timestamp()
    const options = { form: this.#form, own: moves, at, checkpoint: lazyCheckpoint(batch.to, at) }
    return buildDelivery(batch, selected, options)
  }
}
