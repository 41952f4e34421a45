import type {
  HubMessage,
  HubMessageData,
  RealtimeEventData,
  SubscribeData,
  SubscriptionRequest,
} from '../../protocol/messages.ts'
import { ClientError } from '../api/client-error.ts'
import { clientError, hubError } from '../api/client-errors.ts'
import type { Core, Extension } from '../machine/extension.ts'
import type { Handle } from '../machine/handle.ts'
import { Listeners } from '../platform/listeners.ts'
import { createSeenEvents } from './create-seen-events.ts'
import { EventSubscription } from './event-subscription.ts'
import type { Gap } from './subscription.ts'

/** Pause before a subscription is asked for again that could not be decided, ms. */
const askAgainMs = 2_000

/** A subscription without its id. */
export type Wanted = Omit<SubscribeData, 'id' | 'snapshot'>

/** A subscription at the hub, and who of the app has it. */
export interface Entry {
  readonly key: string
  readonly request: SubscriptionRequest
  /** Where its past begins, as long as that is not where the stream is. */
  since: string | null | undefined
  readonly handles: Set<Handle>
  /** Its past is that of the stream: it goes on with the stream's cursor. */
  isKnown: boolean
  isLive: boolean
}

/** The subscriptions of a client: equal ones are one at the hub. */
export class Subscriptions implements Extension {
  readonly #core: Core
  readonly entries = new Map<string, Entry>()
  #isNew = createSeenEvents()
  readonly gaps = new Listeners<Gap>()
  #count = 0

  constructor(core: Core) {
    this.#core = core
  }

  /** Adds a handle to the subscription that wants the same, or makes one. */
  add(handle: Handle, { since, ...filter }: Wanted): void {
    const key = JSON.stringify([filter, since && ++this.#count])
    const known = [...this.entries.values()].find(entry => entry.key === key)
    if (known) {
      known.handles.add(handle)
      if (known.isLive) handle.apply('answered')
      return
    }
    const id = `s${++this.#count}`
    const entry = {
      key,
      request: { id, ...filter },
      since,
      handles: new Set([handle]),
      isKnown: false,
      isLive: false,
    }
    this.entries.set(id, entry)
    if (this.#core.state === 'online') this.#ask(entry)
    this.#core.want()
  }

  /** Takes a handle away, and the subscription with its last one. */
  remove(handle: Handle): void {
    for (const entry of this.entries.values()) {
      if (entry.handles.delete(handle) && entry.handles.size === 0) this.#unsubscribe(entry)
    }
  }

  /** What is wanted in the first tick belongs together, and goes on where the last run stopped. */
  begin(): void {
    for (const entry of this.entries.values()) entry.isKnown = !entry.since
  }

  register(): SubscribeData[] {
    const isFirst = this.#core.cursor === null
    return [...this.entries.values()]
      .filter(({ isKnown, since }) => isKnown || (isFirst && !since))
      .map(({ request }) => request)
  }

  registered(sent: ReadonlySet<string>): void {
    for (const entry of [...this.entries.values()]) {
      if (sent.has(entry.request.id)) {
        this.#answered(entry)
        continue
      }
      // One that was not taken with `register` has its own way to where the stream is, however long that takes.
      if (entry.isKnown) entry.since = this.#core.cursor
      entry.isKnown = false
      this.#ask(entry)
    }
  }

  lost(): void {
    for (const entry of this.entries.values()) {
      entry.isLive = false
      this.#apply(entry, 'lost')
    }
  }

  ended(error: ClientError): void {
    for (const { handles } of this.entries.values()) for (const handle of handles) handle.end(error)
  }

  receive({ message_type: type, data }: HubMessage): void {
    if (type === 'gap') {
      // After a restore the same ids can stand for other events.
      this.#isNew = createSeenEvents()
      if (this.entries.size > 0) this.#missed({ ...data, subscription: null })
    } else if (type === 'left' && data.reason) this.#expelled(data.room)
  }

  event(event: RealtimeEventData): void {
    for (const id of event.subscriptions) {
      const entry = this.entries.get(id)
      if (entry && this.#isNew(id, event.event_id))
        for (const handle of [...entry.handles]) handle.deliver(event)
    }
  }

  #missed(gap: Gap): void {
    const { report } = this.#core
    if (!this.gaps.emit(gap, report)) report(clientError('RTB_CLIENT_GAP', gap.reason))
  }

  #ask(entry: Entry): void {
    const { since, handles } = entry
    if (handles.size === 0) return
    if (since) this.#apply(entry, 'replay')
    this.#core.requests.ask(
      'subscribe',
      { ...entry.request, since },
      {
        answered: data => this.#answered(entry, data as HubMessageData['subscribed']),
        refused: error => this.#refused(entry, error),
      },
    )
  }

  #answered(entry: Entry, answer?: HubMessageData['subscribed']): void {
    entry.isLive = true
    entry.isKnown = true
    this.#apply(entry, 'answered')
    if (answer?.resumed !== 'gap') return
    for (const handle of entry.handles) {
      if (handle instanceof EventSubscription) {
        this.#missed({ reason: answer.reason ?? 'unreadable', cursor: answer.cursor, subscription: handle })
      }
    }
  }

  #refused(entry: Entry, error: HubMessageData['error']): void {
    const { retry_ms: retryMs, code } = error
    if (retryMs || /^RTB_ROOM_(UNDECIDED|PENDING)$/.test(code))
      this.#core.later(() => this.#ask(entry), retryMs || askAgainMs)
    else this.fail(entry, hubError(error))
  }

  /** The hub does not take it. */
  fail(entry: Entry, error: ClientError): void {
    this.entries.delete(entry.request.id)
    this.#apply(entry, 'refused', error)
    this.#core.report(error)
  }

  /** A right to be in a room is gone: what heard of nothing else hears nothing any more. */
  #expelled(room: string): void {
    for (const entry of [...this.entries.values()]) {
      if (`${entry.request.rooms}` !== room) continue
      this.#unsubscribe(entry)
      this.fail(entry, new ClientError('RTB_ROOM_DENIED', `expelled from ${room}`, 'join again'))
    }
  }

  #unsubscribe({ request: { id } }: Entry): void {
    this.entries.delete(id)
    this.#core.unsubscribe(id)
  }

  #apply(entry: Entry, ...input: Parameters<Handle['apply']>): void {
    for (const handle of [...entry.handles]) handle.apply(...input)
  }
}

/** A type of event that there is none of: such a subscription only makes the client a member. */
export const noEvent = 'rtbridge: none'

/** The subscription that makes the client a member of a room. */
export function wantRoom(room: string): Wanted {
  return { rooms: [room], events: [noEvent] }
}
