import type { GapReason } from '../domain/cursor.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { SubscriptionRequest } from '../protocol/messages.ts'
import type { Caller } from './caller.ts'
import { checkStanding } from './check-standing.ts'
import { readToken } from './connections/register.ts'
import type { HubContext } from './context.ts'
import { catchUp } from './feed/catch-up.ts'
import { HistoryPage } from './feed/history-page.ts'
import type { Selection } from './matching/profile.ts'
import { matchEvents } from './matching/profile.ts'
import { eventBody } from './matching/selected-event.ts'
import { compileSubscription, toSubscriptionSpec } from './matching/subscription.ts'
import { SubscriptionSet } from './matching/subscription-set.ts'
import { requireRoom } from './send-event.ts'
import type { Position } from './stream/encoded-batch.ts'

export interface HistoryQuery {
  /** Where to begin; null = at the oldest event in the hub's memory, `now` = at its last checkpoint. */
  readonly cursor: string | null
  /** Most events of the answer. */
  readonly limit: number
  readonly subscription: SubscriptionRequest
}

/** A part of the past. */
export interface HistoryAnswer {
  /** JSON objects as text. */
  readonly events: readonly string[]
  /** Where the next page begins. */
  readonly cursor: string
  /** False when the present was reached. */
  readonly more: boolean
  /** Events of which it takes too much work to tell whether they belong here; they are left out. */
  readonly unfinished: number
}

/** The past cannot be read from there. */
export interface HistoryGap {
  readonly gap: GapReason
  /** Where to go on after reloading. */
  readonly cursor: string
}

/** What is looked at for one answer, whether it matches or not: some tens of milliseconds of a core. */
const scanLimit = 20_000
/** Longest wait for an answer, ms. */
const patienceMs = 10_000

/**
 * Reads a page of the past, with the same filters and rights as a live stream.
 * @throws RTB_CURSOR_UNREADABLE RTB_HUB_NOT_READY RTB_ROOM_DENIED RTB_SUBSCRIPTION_WHERE RTB_AUTH_EXPIRED
 *   RTB_AUTH_REVOKED
 */
export async function readHistory(
  context: HubContext<unknown>,
  { identity, address }: Caller,
  query: HistoryQuery,
): Promise<HistoryAnswer | HistoryGap> {
  if (context.notReady !== null) throw rtbridgeError('RTB_HUB_NOT_READY', { reason: context.notReady.reason })
  const selection = await selectionOf(context, identity, query.subscription)
  const { counters, limits } = context
  const page = new HistoryPage({
    from: startOf(context, query.cursor),
    limit: query.limit,
    scanLimit,
    match: (events, onUnfinished) =>
      matchEvents(selection, events, {
        exceptOrigin: null,
        workPerEvent: limits.whereWorkPerEvent,
        onError: () => {},
        onOverspent: ({ event }, { length }) => {
          counters.whereOverspent++
          if (length > 0) onUnfinished(event.eventId)
        },
      }),
    signal: AbortSignal.timeout(patienceMs),
  })
  await catchUp(page, context)
  checkStanding(context, identity)
  const record = { user: identity.user, connection: null, address, subject: 'history' }
  context.audit({ ...record, action: 'read-history', code: page.reason === null ? null : 'RTB_CURSOR_GAP' })
  if (page.reason !== null) {
    return { gap: page.reason, cursor: context.stream.checkpoint?.token ?? '' }
  }
  if (page.end === null) throw rtbridgeError('RTB_HUB_NOT_READY', { reason: 'no answer in time' })
  return {
    events: page.events.map(eventBody),
    cursor: page.position.token,
    more: page.end !== 'present',
    unfinished: page.unfinished,
  }
}

function startOf({ stream }: HubContext<unknown>, cursor: string | null): Position {
  const { start, checkpoint } = stream
  if (start === null || checkpoint === null) throw rtbridgeError('RTB_HUB_NOT_READY', { reason: 'starting' })
  if (cursor === null) return start
  if (cursor === 'now') return checkpoint
  const position = readToken(cursor)
  if (position === null) throw rtbridgeError('RTB_CURSOR_UNREADABLE', {})
  return position
}

/** He is in the rooms he asks for, if he may be, and in those he is in without asking. */
async function selectionOf(
  context: HubContext<unknown>,
  identity: Caller['identity'],
  request: SubscriptionRequest,
): Promise<Selection> {
  const { access } = context
  const subscription = compileSubscription(toSubscriptionSpec(request))
  for (const room of subscription.spec.rooms) {
    await requireRoom(context, identity, room)
  }
  const rooms = new Set([...access.roomsOf(identity), ...subscription.spec.rooms])
  return { identity, access, subscriptions: new SubscriptionSet([subscription]), rooms, form: 'batch' }
}
