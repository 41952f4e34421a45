import type { GapReason } from '../../domain/cursor.ts'
import type { CloseCode } from '../../protocol/close-codes.ts'
import { closeCodes } from '../../protocol/close-codes.ts'
import type { HubMessageData, HubMessageType } from '../../protocol/messages.ts'
import type { Peer, Wire } from '../connections/peer.ts'
import type { HubContext } from '../context.ts'
import { countGap } from '../counters.ts'
import type { SelectedEvent } from '../matching/selected-event.ts'
import type { EncodedBatch, Position } from '../stream/encoded-batch.ts'
import { isCheckpoint } from '../stream/encoded-batch.ts'
import { messageFrame } from '../stream/frames.ts'
import type { ReplayFeed } from './catch-up.ts'
import { catchUp } from './catch-up.ts'
import type { ConflationOwner } from './conflation.ts'
import { Conflation } from './conflation.ts'
import type { Delivery } from './delivery.ts'
import type { FeedInput, FeedState } from './feed-state.ts'
import { nextFeedState } from './feed-state.ts'
import { OutgoingQueue } from './outgoing-queue.ts'
import type { UnsettledFeed } from './unsettled-feed.ts'

/** What a feed asks of the connection it belongs to. */
export interface FeedOwner {
  /** Makes the frames of a batch for this connection alone. */
  deliver(batch: EncodedBatch): Delivery
  /** Makes the frames of events that were chosen before; `moves`: the cursor moves to the end of the batch. */
  build(batch: EncodedBatch, selected: readonly SelectedEvent[], moves: boolean): Delivery
  /** The connection was cut; it must be forgotten. */
  closed(): void
}

/** The stream of one connection: its state, its position and what waits for it. */
export class Feed implements ReplayFeed, UnsettledFeed, ConflationOwner {
  readonly queue: OutgoingQueue
  /** Holds back what conflated subscriptions may get later. */
  readonly conflation: Conflation
  /** Where the next replay starts; kept up to date only while not live, because live feeds are at the head. */
  position: Position
  /** Where its stream began, or went on after a gap: what came before was never meant for it. */
  startedAt: Position = unknownPosition
  readonly #context: HubContext<unknown>
  readonly #peer: Peer
  readonly #owner: FeedOwner
  #state: FeedState = 'connected'
  /** Null until somebody waits for something: who is live waits for nothing. */
  #abort: AbortController | null = null
  #dirty = false
  /** Token of the last checkpoint the client got or will get from the queue. */
  #checkpointed: string | null = null
  /** Null while nobody waits for it. */
  #whenLive: (() => void)[] | null = null
  #behindSince: number | null = null
  /** What the peer had taken, what it had not, and since when both are so. */
  #takenFrames = 0
  #leftBytes = 0
  #unmovedSince = 0

  constructor(context: HubContext<unknown>, peer: Peer, owner: FeedOwner) {
    this.#context = context
    this.#peer = peer
    this.#owner = owner
    this.queue = new OutgoingQueue(peer, context.limits.highWaterBytes)
    this.position = unknownPosition
    this.conflation = new Conflation(context, this)
  }

  get state(): FeedState {
    return this.#state
  }

  get isCatchingUp(): boolean {
    return this.#state === 'catching-up'
  }

  get signal(): AbortSignal {
    if (this.#state === 'closed' && this.#abort === null) return itsEnd
    this.#abort ??= new AbortController()
    return this.#abort.signal
  }

  /** Moves the state machine by an input that has no other effect. */
  apply(input: FeedInput): void {
    this.#state = nextFeedState(this.#state, input)
    if (this.#state === 'live' || this.#state === 'closed') this.#behindSince = null
    else if (this.#state !== 'connected') this.#behindSince ??= this.#context.clock.elapsed()
  }

  /** For how long it has not been at the head of the stream, milliseconds; 0 while it is. */
  get lagMs(): number {
    if (this.#behindSince === null) return 0
    return Math.round(this.#context.clock.elapsed() - this.#behindSince)
  }

  /** Sends an answer, after what already waits. */
  reply<Type extends HubMessageType>(type: Type, data: HubMessageData[Type]): void {
    if (this.#state === 'closed') return
    this.queue.push({
      frames: [this.#frame(type, data)],
      kind: 'reply',
      from: null,
    })
    if (this.queue.replyBytes > this.#context.limits.replyBytes) {
      this.#context.counters.repliesUnread++
      this.cut(closeCodes.repliesUnread, 'answers are not read')
    }
  }

  /** The client was told that it misses nothing from `position` on. */
  begin(position: Position): void {
    this.apply('registered')
    this.#moveTo(position)
    void catchUp(this, this.#context)
  }

  /** The next live batch. */
  deliverLive(delivery: Delivery): void {
    if (this.#state !== 'live') return
    this.#enqueue(delivery, 'live')
    if (this.queue.bytes > this.#context.limits.queueBytes) this.#overflow()
  }

  /** The next live batch, of which it gets nothing: as an empty delivery, for those only whom that does something to. */
  passOver(batch: EncodedBatch, checkpoint: (wire: Wire) => Buffer): void {
    if (this.#state !== 'live') return
    if (this.conflation.isHolding) this.deliverLive(this.conflation.deliver(batch, []))
    else if (isCheckpoint(batch.to)) {
      const frame = () => checkpoint(this.#peer.wire)
      this.deliverLive({ batch, frames: [], eventCount: 0, moves: true, checkpoint: frame })
    }
  }

  /** A batch of the past, at the client's own pace. */
  take(batch: EncodedBatch): void {
    this.#enqueue(this.#owner.deliver(batch), 'replay')
    this.position = batch.to
  }

  /** An event that no journal holds; left out when the queue is full. */
  deliverSignal(frames: readonly Buffer[]): void {
    const isRegistered = this.#state === 'live' || this.#state === 'catching-up' || this.#state === 'behind'
    if (!isRegistered || this.queue.bytes > this.#context.limits.queueBytes) return
    this.#context.counters.delivered += frames.length
    this.queue.push({ frames, kind: 'signal', from: null })
  }

  arrive(): void {
    this.apply('caught-up')
    // Whoever waited for it to get here waits no more.
    this.#abort = null
    this.sendCheckpoint()
    this.#tellLive()
  }

  /** Resolves when the feed is live, or closed. */
  whenLive(): Promise<void> {
    if (this.#state === 'live' || this.#state === 'closed') return Promise.resolve()
    return new Promise(resolve => {
      this.#whenLive ??= []
      this.#whenLive.push(resolve)
    })
  }

  /** Tells a live client the current checkpoint, unless it has it. */
  sendCheckpoint(frame?: (wire: Wire) => Buffer): void {
    const { head } = this.#context.stream
    if (this.#state !== 'live' || this.conflation.isHolding || head === null || !isCheckpoint(head)) return
    if (this.#checkpointed === head.token) return
    this.#checkpointed = head.token
    this.#isDirty = false
    const made = frame?.(this.#peer.wire) ?? this.#frame('checkpoint', { cursor: head.token })
    this.queue.push({ frames: [made], kind: 'live', from: head })
  }

  /** Tells a live client the current checkpoint, though it may have it. */
  repeatCheckpoint(): void {
    this.#checkpointed = null
    this.sendCheckpoint()
  }

  /** A new subscription joined inside a big batch: the end of that batch needs a checkpoint. */
  expectCheckpoint(): void {
    const { head } = this.#context.stream
    this.#isDirty ||= head !== null && !isCheckpoint(head)
  }

  /** The client goes on from the present and has to reload. */
  gap(reason: GapReason): void {
    const { checkpoint } = this.#context.stream
    if (checkpoint === null) return
    countGap(this.#context.counters, reason)
    this.queue.dropLive()
    this.conflation.clear()
    this.#moveTo(checkpoint)
    this.reply('gap', { reason, cursor: checkpoint.token, action: 'reload' })
  }

  /** The hub's stream started over. */
  restart(reason: GapReason): void {
    const wasLive = this.#state === 'live'
    if (!wasLive && this.#state !== 'catching-up' && this.#state !== 'behind') return
    this.gap(reason)
    if (this.#state === ('closed' as FeedState)) return
    this.apply('gap')
    const previous = this.#abort
    this.#abort = null
    previous?.abort()
    if (wasLive) void catchUp(this, this.#context)
  }

  /** Cuts a connection that has waiting frames and took nothing for too long. */
  cutIfStalled(now: number): void {
    const { progress, bytes } = this.queue
    const { bufferedBytes } = this.#peer
    if (bytes === 0 || progress !== this.#takenFrames || bufferedBytes !== this.#leftBytes) {
      this.#takenFrames = progress
      this.#leftBytes = bufferedBytes
      this.#unmovedSince = now
    } else if (now - this.#unmovedSince >= this.#context.limits.stalledAfterMs) {
      this.#context.counters.stalled++
      this.cut(closeCodes.stalled, 'nothing was taken for too long')
    }
  }

  /** Ends the connection at once. */
  cut(code: CloseCode, reason: string): void {
    if (this.#state === 'closed') return
    this.close()
    this.#peer.close(code, reason)
    this.#peer.terminate()
    this.#owner.closed()
  }

  /** Forgets everything that waits. */
  close(): void {
    this.apply('close')
    this.#abort?.abort()
    this.queue.close()
    this.conflation.clear()
    this.#isDirty = false
    this.#tellLive()
  }

  /** Events were sent since the last checkpoint, or are held back: the end of a batch is of concern to it. */
  get #isDirty(): boolean {
    return this.#dirty
  }

  set #isDirty(isDirty: boolean) {
    this.#dirty = isDirty && this.#state !== 'closed'
    if (this.#dirty) this.#context.unsettled.add(this)
    else this.#context.unsettled.delete(this)
  }

  #frame<Type extends HubMessageType>(type: Type, data: HubMessageData[Type]): Buffer {
    return messageFrame(type, data, { timestamp: this.#context.timestamp(), wire: this.#peer.wire })
  }

  #enqueue(delivery: Delivery, kind: 'live' | 'replay'): void {
    const { batch, moves } = delivery
    const ends = moves && isCheckpoint(batch.to)
    let { frames } = delivery
    if (frames.length === 0 && ends && this.#isDirty) frames = [delivery.checkpoint()]
    this.#isDirty = !ends && (this.#isDirty || frames.length > 0 || !moves)
    if (frames.length === 0) return
    if (ends) this.#checkpointed = batch.to.token
    this.#context.counters.delivered += delivery.eventCount
    this.queue.push({ frames, kind, from: kind === 'live' ? batch.from : null })
  }

  /** Makes frames of events that were held back; `moves`: the cursor moves to the end of the batch. */
  build(batch: EncodedBatch, selected: readonly SelectedEvent[], moves: boolean): Delivery {
    if (!moves) this.#isDirty = true
    return this.#owner.build(batch, selected, moves)
  }

  #tellLive(): void {
    const waiting = this.#whenLive ?? []
    this.#whenLive = null
    for (const resolve of waiting) resolve()
  }

  /** What was held back goes out, at whatever pace the feed is. */
  release(delivery: Delivery): void {
    if (this.#state === 'live') this.deliverLive(delivery)
    else if (this.#state === 'catching-up') this.#enqueue(delivery, 'replay')
  }

  #overflow(): void {
    const from = this.queue.dropLive()
    // Only what had begun is left: one batch, and it goes out whole.
    if (from === null) return
    // It came after what was dropped, or what was dropped came after it and says so in its position.
    this.conflation.clear()
    this.#context.counters.fellBehind++
    this.apply('overflow')
    this.position = from
    this.#isDirty = !isCheckpoint(from)
    this.#checkpointed = null
    void this.queue.whenBelow(0).then(() => this.#recover())
  }

  #recover(): void {
    if (this.#state !== 'behind') return
    this.apply('drained')
    void catchUp(this, this.#context)
  }

  #moveTo(position: Position): void {
    this.startedAt = position
    this.position = position
    this.#isDirty = !isCheckpoint(position)
    this.#checkpointed = position.token
  }
}

/** For whoever asks when it is over already. */
const itsEnd = AbortSignal.abort()

const nowhere = { xmax: 0n, xip: [] }
const unknownPosition: Position = {
  cursor: { incarnation: '0'.repeat(16), snapshot: nowhere, inBatch: null },
  token: '',
  index: null,
}
