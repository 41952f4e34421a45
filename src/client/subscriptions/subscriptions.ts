import type { HubMessageData, SubscribeData, SubscriptionRequest } from '../../protocol/messages.ts'
import { ClientError } from '../api/client-error.ts'
import { clientError, hubError } from '../api/client-errors.ts'
import type { Core, Extension } from '../machine/extension.ts'
import type { Handle } from '../machine/handle.ts'
import { createListeners, type Listeners } from '../platform/listeners.ts'
import { createSeenEvents } from './create-seen-events.ts'
import type { Gap } from './subscription.ts'

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
export interface Subscriptions extends Extension {
  readonly entries: ReadonlyMap<string, Entry>
  readonly onGap: Listeners<Gap>['add']
  /** Adds a handle to the subscription that wants the same, or makes one. */
  add(handle: Handle, wanted: Wanted): void
  /** Takes a handle away, and the subscription with its last one. */
  remove(handle: Handle): void
  register(): SubscribeData[]
  /** The hub does not take it. */
  fail(entry: Entry, error: ClientError): void
}

export function createSubscriptions(core: Core): Subscriptions {
  const entries = new Map<string, Entry>()
  const gaps = createListeners<Gap>(core.report)
  let isNew = createSeenEvents()
  let count = 0

  /** All of them as they are now: what they are told may end some. */
  const all = () => [...entries.values()]

  function apply({ handles }: Entry, ...input: Parameters<Handle['apply']>): void {
    for (const handle of [...handles]) handle.apply(...input)
  }

  function missed(gap: Gap): void {
    if (!gaps.emit(gap)) core.report(clientError('RTB_CLIENT_GAP', gap.reason))
  }

  function ask(entry: Entry): void {
    const { since, handles, request } = entry
    if (handles.size === 0) return
    if (since) apply(entry, 'replay')
    core.requests.ask(
      'subscribe',
      { ...request, since },
      {
        answered: data => answered(entry, data as HubMessageData['subscribed']),
        refused: error => refused(entry, error),
      },
    )
  }

  function answered(entry: Entry, answer?: HubMessageData['subscribed']): void {
    entry.isLive = true
    entry.isKnown = true
    apply(entry, 'answered')
    if (answer?.resumed !== 'gap') return
    // Those who subscribe to the same because of it have missed nothing.
    for (const handle of [...entry.handles]) {
      if (handle.event) {
        missed({ reason: answer.reason ?? 'unreadable', cursor: answer.cursor, subscription: handle })
      }
    }
  }

  function refused(entry: Entry, error: HubMessageData['error']): void {
    /** Pause before it is asked for again when it could not be decided, ms. */
    const askAgainMs = 2_000
    const { retry_ms: retryMs, code } = error
    if (retryMs || /^RTB_ROOM_(UNDECIDED|PENDING)$/.test(code))
      core.later(() => ask(entry), retryMs || askAgainMs)
    else fail(entry, hubError(error))
  }

  function fail(entry: Entry, error: ClientError): void {
    entries.delete(entry.request.id)
    apply(entry, 'refused', error)
    core.report(error)
  }

  function unsubscribe({ request: { id } }: Entry): void {
    entries.delete(id)
    core.unsubscribe(id)
  }

  /** A right to be in a room is gone: what heard of nothing else hears nothing any more. */
  function expelled(room: string): void {
    for (const entry of all()) {
      if (`${entry.request.rooms}` !== room) continue
      unsubscribe(entry)
      fail(entry, new ClientError('RTB_ROOM_DENIED', `expelled from ${room}`, 'join again'))
    }
  }

  return {
    entries,
    onGap: gaps.add,
    fail,

    add(handle, { since, ...filter }) {
      const key = JSON.stringify([filter, since && ++count])
      const known = all().find(entry => entry.key === key)
      if (known) {
        known.handles.add(handle)
        if (known.isLive) handle.apply('answered')
        return
      }
      const id = `s${++count}`
      const request = { id, ...filter }
      const entry = { key, request, since, handles: new Set([handle]), isKnown: false, isLive: false }
      entries.set(id, entry)
      if (core.state === 'online') ask(entry)
      core.want()
    },

    remove(handle) {
      for (const entry of all()) {
        if (entry.handles.delete(handle) && entry.handles.size === 0) unsubscribe(entry)
      }
    },

    /** What is wanted in the first tick belongs together, and goes on where the last run stopped. */
    begin() {
      for (const entry of all()) entry.isKnown = !entry.since
    },

    register() {
      const isFirst = core.cursor === null
      return all()
        .filter(({ isKnown, since }) => isKnown || (isFirst && !since))
        .map(({ request }) => request)
    },

    registered(sent) {
      for (const entry of all()) {
        if (sent.has(entry.request.id)) {
          answered(entry)
          continue
        }
        // One that was not taken with `register` has its own way to where the stream is, however long that takes.
        if (entry.isKnown) entry.since = core.cursor
        entry.isKnown = false
        ask(entry)
      }
    },

    lost() {
      for (const entry of all()) {
        entry.isLive = false
        apply(entry, 'lost')
      }
    },

    ended(error) {
      for (const { handles } of all()) for (const handle of handles) handle.end(error)
    },

    receive({ message_type: type, data }) {
      if (type === 'gap') {
        // After a restore the same ids can stand for other events.
        isNew = createSeenEvents()
        if (entries.size > 0) missed({ ...data, subscription: null })
      } else if (type === 'left' && data.reason) expelled(data.room)
    },

    event(event) {
      for (const id of event.subscriptions) {
        const entry = entries.get(id)
        if (entry && isNew(id, event.event_id)) for (const handle of [...entry.handles]) handle.event?.(event)
      }
    },
  }
}

/** A type of event that there is none of: such a subscription only makes the client a member. */
export const noEvent = 'rtbridge: none'
