import type {
  GapReasonWord,
  HubMessage,
  HubMessageData,
  RealtimeEventData,
  SubscribeData,
  SubscriptionRequest,
} from '../protocol/messages.ts'
import type { ClientError } from './client-error.ts'
import { clientError, hubError } from './client-errors.ts'
import type { Gap } from './core-client.ts'
import { EventSubscription } from './event-subscription.ts'
import type { Handle } from './handle.ts'
import type { Report } from './listeners.ts'
import { callSafely, Listeners } from './listeners.ts'
import type { Requests } from './requests.ts'
import { SeenEvents } from './seen-events.ts'
import type { StreamAnswer, StreamHost, StreamPart } from './stream-part.ts'

/** Pause before a subscription is asked for again that could not be decided, ms. */
const askAgainMs = 2_000

/** What the stream uses of the connection. */
export interface StreamConnection {
  readonly requests: Requests
  readonly isOnline: boolean
  /** Subscriptions can only be changed by another `register`. */
  readonly isOneWay: boolean
  /** Begins what is wanted. */
  want(): void
  /** Registers again soon, on a one-way connection. */
  registerAgain(): void
  later(work: () => void, ms: number): void
  /** The stream has moved, and what came was handed over. */
  moved(cursor: string): void
  readonly report: Report
}

/** A subscription at the hub, and who of the app has it. */
interface Entry {
  readonly key: string
  readonly request: SubscriptionRequest
  readonly since: string | undefined
  readonly handles: Set<Handle>
  /** Its past is that of the stream: it goes on with the stream's cursor. */
  isKnown: boolean
  isLive: boolean
}

/** A subscription without its id. */
export type Wanted = Omit<SubscribeData, 'id' | 'snapshot'>

/** Everything the client hears: its subscriptions, the cursor, and who gets what came. No socket, no clock. */
export class HubStream implements StreamHost {
  readonly #connection: StreamConnection
  readonly #entries = new Map<string, Entry>()
  readonly #ids = new Map<string, string>()
  readonly #parts = new Map<string, StreamPart>()
  /** Which of the requests for a part is the last one. */
  readonly #turns = new WeakMap<StreamPart, object>()
  readonly #seen = new SeenEvents()
  readonly gaps = new Listeners<Gap>()
  readonly checkpoints = new Listeners<string>()
  cursor: string | null = null
  #count = 0
  /** Ids in the last `register`. */
  #sent = new Set<string>()
  /** `register` was refused because of one of its subscriptions: each is asked for by itself, to find which. */
  #isSplit = false
  /** `register` came without some of its rooms. */
  #isDoubtful = false

  constructor(connection: StreamConnection) {
    this.#connection = connection
  }

  /**
   * What is wanted now belongs together, and goes on where the last run stopped.
   * @returns true when there is something to go on with
   */
  begin(): boolean {
    for (const entry of this.#entries.values()) entry.isKnown = entry.since === undefined
    return [...this.#entries.values()].some(({ isKnown, request }) => isKnown && !isRoomOnly(request))
  }

  /** Adds a handle to the subscription that wants the same, or makes one. */
  add(wanted: Wanted, handle: Handle, roomId?: string): void {
    const { since, ...filter } = wanted
    const key = JSON.stringify([filter, roomId, since === undefined ? 0 : ++this.#count])
    const id = this.#ids.get(key) ?? roomId ?? `s${++this.#count}`
    const entry = this.#entries.get(id) ?? {
      key,
      request: { id, ...filter },
      since: since ?? undefined,
      handles: new Set(),
      isKnown: false,
      isLive: false,
    }
    entry.handles.add(handle)
    if (entry.isLive) handle.apply('answered')
    if (this.#entries.has(id)) return
    this.#entries.set(id, entry)
    this.#ids.set(key, id)
    if (this.#connection.isOnline) this.#ask(entry)
    this.#connection.want()
  }

  /** Takes a handle away, and the subscription with its last one. */
  remove(handle: Handle): void {
    for (const entry of this.#entries.values()) {
      if (!entry.handles.delete(handle) || entry.handles.size > 0) continue
      this.#forget(entry)
      this.#unsubscribe(entry.request.id)
    }
  }

  attach(part: StreamPart): void {
    this.#parts.set(part.id, part)
    if (this.#connection.isOnline) this.#askPart(part)
    this.#connection.want()
  }

  detach(part: StreamPart): void {
    this.#turns.delete(part)
    if (this.#parts.delete(part.id)) this.#unsubscribe(part.id)
  }

  renew(part: StreamPart): void {
    if (this.#connection.isOnline && this.#parts.has(part.id)) this.#askPart(part)
  }

  report(error: unknown): void {
    this.#connection.report(error)
  }

  /** What to register with. */
  register(): { resume: string | null; subscriptions: SubscribeData[] } {
    const { isOneWay } = this.#connection
    const isAll = isOneWay || this.cursor === null
    const entries = [...this.#entries.values()].filter(entry => entry.isKnown || (isAll && !entry.since))
    const parts = [...this.#parts.values()].filter(part => part.isSettled || isOneWay)
    const subscriptions = this.#isSplit
      ? []
      : [...entries.map(({ request }) => request), ...parts.map(part => part.request(part.isSettled))]
    this.#sent = new Set(subscriptions.map(({ id }) => id))
    this.#isDoubtful = false
    return { resume: this.cursor, subscriptions }
  }

  /**
   * The hub did not like what it was registered with.
   * @returns true when it makes sense to try again at once
   */
  registerRefused(error: HubMessageData['error']): boolean {
    if (/^RTB_ROOM_(?!LIMIT)/.test(error.code)) {
      this.#isDoubtful = true
      return false
    }
    if (!this.#connection.isOneWay) {
      const wasSplit = this.#isSplit
      this.#isSplit = true
      return !wasSplit
    }
    const guilty = [...this.#entries.values()].filter(({ isLive }) => !isLive)
    for (const entry of guilty) this.#fail(entry, hubError(error))
    return guilty.length > 0
  }

  /** From here on nothing is missed. */
  registered({ cursor, resumed }: HubMessageData['registered']): void {
    const isFresh = this.cursor === null
    for (const entry of [...this.#entries.values()]) {
      const isSure = this.#sent.has(entry.request.id) && !(this.#isDoubtful && entry.request.rooms)
      if (isSure) this.#answered(entry)
      else this.#ask(entry, this.#isSplit && entry.isKnown && !isFresh ? this.cursor : undefined)
    }
    for (const part of this.#parts.values()) {
      if (this.#sent.has(part.id) || resumed === 'gap') continue
      if (part.isSettled) callSafely(() => part.gap('refused'), this.#connection.report)
      this.#askPart(part)
    }
    this.#isSplit = false
    this.#move(cursor)
  }

  /** The connection is gone. */
  lost(): void {
    for (const entry of this.#entries.values()) {
      entry.isLive = false
      for (const handle of entry.handles) handle.apply('lost')
    }
    for (const part of this.#parts.values()) callSafely(() => part.away(), this.#connection.report)
  }

  /** It will not come back. */
  end(error: ClientError): void {
    for (const { handles } of [...this.#entries.values()]) {
      for (const handle of [...handles]) handle.apply('refused', error)
    }
  }

  receive(message: HubMessage): void {
    const { message_type: type, data } = message
    if (type === 'events') {
      for (const event of data.events) this.#deliver(event)
      if (data.cursor === undefined) return
      if (data.checkpoint) this.#checkpoint(data.cursor)
      this.#move(data.cursor)
    } else if (type === 'realtime_event') this.#deliver(data)
    else if (type === 'checkpoint') {
      this.#checkpoint(data.cursor)
      this.#move(data.cursor)
    } else if (type === 'gap') this.#gap(data)
    else if (type === 'snapshot' || type === 'snapshot_end' || type === 'subscribed') {
      const part = this.#parts.get(data.id)
      if (part) this.#tell(part, { type, data } as StreamAnswer)
    } else if (type === 'left' && data.reason === 'denied') this.#expelled(data.room)
  }

  #deliver(event: RealtimeEventData): void {
    for (const id of event.subscriptions) {
      const part = this.#parts.get(id)
      if (part) callSafely(() => part.event(event), this.#connection.report)
      const entry = this.#entries.get(id)
      if (!entry || !this.#seen.add(id, event.event_id)) continue
      for (const handle of [...entry.handles]) if (handle instanceof EventSubscription) handle.deliver(event)
    }
  }

  #checkpoint(cursor: string): void {
    const parts = [...this.#parts.values()]
    for (const part of parts) callSafely(() => part.commit(cursor), this.#connection.report)
    for (const part of parts) callSafely(() => part.notify(), this.#connection.report)
    this.checkpoints.emit(cursor, this.#connection.report)
  }

  #move(cursor: string): void {
    this.cursor = cursor
    this.#connection.moved(cursor)
  }

  #gap({ reason, cursor }: HubMessageData['gap']): void {
    // After a restore the same ids can stand for other events.
    this.#seen.clear()
    for (const part of this.#parts.values()) {
      callSafely(() => part.gap(reason), this.#connection.report)
      this.#askPart(part)
    }
    if (this.#entries.size > 0) this.#missed({ reason, cursor, subscription: null })
    this.#move(cursor)
  }

  #missed(gap: Gap): void {
    if (this.gaps.size === 0) this.report(clientError('RTB_CLIENT_GAP', gap.reason))
    this.gaps.emit(gap, this.#connection.report)
  }

  #ask(entry: Entry, resume?: string | null): void {
    const { requests, isOneWay, registerAgain } = this.#connection
    const since = resume ?? (entry.isKnown ? undefined : entry.since)
    if (isOneWay) {
      if (since === undefined) registerAgain()
      else this.#fail(entry, clientError('RTB_CLIENT_UNSUPPORTED', 'since'))
      return
    }
    if (since !== undefined) for (const handle of entry.handles) handle.apply('replay')
    requests.ask(
      'subscribe',
      { ...entry.request, since },
      {
        answered: data => this.#answered(entry, data as HubMessageData['subscribed']),
        refused: error => this.#refused(entry, error),
      },
    )
  }

  #answered(entry: Entry, answer?: HubMessageData['subscribed']): void {
    if (!this.#isCurrent(entry)) return
    entry.isLive = true
    entry.isKnown = true
    for (const handle of [...entry.handles]) {
      handle.apply('answered')
      if (answer?.resumed !== 'gap' || !(handle instanceof EventSubscription)) continue
      const reason: GapReasonWord = answer.reason ?? 'unreadable'
      this.#missed({ reason, cursor: answer.cursor, subscription: handle })
    }
  }

  #refused(entry: Entry, error: HubMessageData['error']): void {
    if (!this.#isCurrent(entry)) return
    const { retry_ms: retryMs, code } = error
    if (retryMs === undefined && !/^RTB_ROOM_(UNDECIDED|PENDING)$/.test(code)) {
      this.#fail(entry, hubError(error))
      return
    }
    this.#connection.later(() => {
      if (this.#isCurrent(entry)) this.#ask(entry)
    }, retryMs ?? askAgainMs)
  }

  #fail(entry: Entry, error: ClientError): void {
    this.#forget(entry)
    for (const handle of [...entry.handles]) handle.apply('refused', error)
    this.report(error)
  }

  /** A right to be in a room is gone: what heard of nothing else hears nothing any more. */
  #expelled(room: string): void {
    const error = hubError({
      code: 'RTB_ROOM_DENIED',
      message: `the right to be in the room ${room} is gone`,
      hint: 'join again when it is back',
    })
    for (const entry of [...this.#entries.values()]) {
      if (entry.request.rooms?.length !== 1 || entry.request.rooms[0] !== room) continue
      this.#fail(entry, error)
      this.#unsubscribe(entry.request.id)
    }
  }

  #askPart(part: StreamPart): void {
    const { requests, isOneWay, registerAgain } = this.#connection
    if (isOneWay) {
      registerAgain()
      return
    }
    const turn = {}
    this.#turns.set(part, turn)
    const tell = (answer: StreamAnswer) => {
      if (this.#turns.get(part) === turn) this.#tell(part, answer)
    }
    requests.ask('subscribe', part.request(false), {
      answered: data => tell({ type: 'subscribed', data: data as HubMessageData['subscribed'] }),
      refused: data => tell({ type: 'error', data }),
    })
  }

  #tell(part: StreamPart, answer: StreamAnswer): void {
    callSafely(() => part.receive(answer), this.#connection.report)
    if (answer.type === 'subscribed' && answer.data.checkpoint) this.#checkpoint(answer.data.cursor)
  }

  #unsubscribe(id: string): void {
    const { requests, isOnline, isOneWay, registerAgain } = this.#connection
    if (isOneWay) registerAgain()
    // What the hub does not know of need not be taken back.
    else if (isOnline) requests.ask('unsubscribe', { id }, { answered() {}, refused() {} })
  }

  #forget({ key, request }: Entry): void {
    this.#entries.delete(request.id)
    this.#ids.delete(key)
  }

  #isCurrent(entry: Entry): boolean {
    return this.#entries.get(entry.request.id) === entry
  }
}

/** A type of event that there is none of: such a subscription only makes the client a member. */
const noEvent = 'rtbridge: none'

/** The subscription that makes the client a member of a room. */
export function wantRoom(room: string): Wanted {
  return { rooms: [room], events: [noEvent] }
}

function isRoomOnly({ events }: SubscriptionRequest): boolean {
  return events?.[0] === noEvent
}
