import type { GapReason } from '../../domain/cursor.ts'
import { parseCursor } from '../../domain/cursor.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { covers } from '../../domain/snapshot.ts'
import type { SubscriptionSpec } from '../../domain/subscription.ts'
import type { ClientMessage, RegisterData, Resumed } from '../../protocol/messages.ts'
import { protocolVersion } from '../../protocol/messages.ts'
import { pause } from '../clock.ts'
import type { HubContext } from '../context.ts'
import type { Counters } from '../counters.ts'
import { countGap } from '../counters.ts'
import type { Feed } from '../feed/feed.ts'
import { compileSubscription, defaultSubscription, toSubscriptionSpec } from '../matching/subscription.ts'
import { dropDenied } from '../rooms/require-rooms.ts'
import type { Position } from '../stream/encoded-batch.ts'
import { positionAt, reachedBy } from '../stream/encoded-batch.ts'
import type { Client } from './client.ts'
import { RefusedSubscription } from './refused-subscription.ts'
import { signIn } from './sign-in.ts'

type RegisterMessage = Extract<ClientMessage, { type: 'register' }>

/** Where a stream begins, and what the client is told about it. */
export interface Start {
  readonly position: Position
  readonly resumed: Resumed
  readonly reason: GapReason | null
}

const startCounters = {
  fresh: 'startedFresh',
  resumed: 'resumed',
  gap: 'startedAfterGap',
} as const satisfies Record<Resumed, keyof Counters>

/**
 * Answers `register`: waits until the hub has a position and its database, finds out where the client's stream goes
 * on, and begins it there. `registered` is sent in the same tick in which the stream begins.
 *
 * @throws RTB_SUBSCRIPTION_DUPLICATE RTB_SUBSCRIPTION_WHERE RTB_SUBSCRIPTION_LIMIT RTB_ROOM_LIMIT
 * @throws RTB_AUTH_REQUIRED RTB_AUTH_OTHER RTB_AUTH_*
 */
export function register(connection: Client, message: RegisterMessage): Promise<void> {
  const { token } = message.data
  const isSignedIn = connection.session.identity !== null
  // Where nobody is asked, too: it may be the session of an admin, who must not become another one later.
  if (token !== undefined) return registerWithToken(connection, message, token)
  if (!isSignedIn) throw rtbridgeError('RTB_AUTH_REQUIRED', {})
  addSubscriptions(connection, message.data)
  connection.feed.apply('register')
  return beginStream(connection, message)
}

async function registerWithToken(connection: Client, message: RegisterMessage, token: string): Promise<void> {
  const { feed } = connection
  feed.apply('register')
  try {
    await signIn(connection, token)
    if (feed.state !== 'registering') return
    addSubscriptions(connection, message.data)
  } catch (error) {
    connection.refuseRegister()
    throw error
  }
  await beginStream(connection, message)
}

async function beginStream(connection: Client, message: RegisterMessage): Promise<void> {
  const { context, feed } = connection
  const { resume = null, client_id: clientId = context.newId() } = message.data
  while (feed.state === 'registering') {
    await becomeReady(connection)
    if (connection.interests.chosenRooms.size > 0) await dropDenied(connection, message)
    const { epoch } = context.stream
    const start = await findStart(resume, context, feed)
    // The stream may have started over, or the database gone, while the cursor was checked.
    if (start === null || context.notReady !== null || context.stream.epoch !== epoch) continue
    if (feed.state !== 'registering') return
    const announce = () => announceStart(connection, message, { ...start, clientId })
    const { data, messageId } = message
    connection.begin({ data, clientId, position: start.position, announce, messageId })
  }
}

/** Who has to wait is told why; `registered` then says that it is over. */
async function becomeReady({ context, feed }: Client): Promise<void> {
  const { notReady } = context
  if (notReady === null) return
  feed.reply('status', { state: 'stale', ...notReady })
  await context.whenReady(feed.signal)
}

function announceStart(
  connection: Client,
  message: RegisterMessage,
  { position, resumed, reason, clientId }: Start & { readonly clientId: string },
): void {
  const { context, feed } = connection
  const hubs = context.siblings.tell(connection)
  connection.reply(message, 'registered', {
    client_id: clientId,
    hub_id: context.hubId,
    protocol: protocolVersion,
    cursor: position.token,
    resumed,
    heartbeat_ms: context.heartbeatMs,
    ...(hubs === null ? {} : { hubs }),
  })
  context.counters[startCounters[resumed]]++
  if (reason === null) return
  countGap(context.counters, reason)
  feed.reply('gap', { reason, cursor: position.token, action: 'reload' })
}

/**
 * Where a stream goes on from a token: there, or at the hub's last checkpoint. Without a token the answer is `fresh`.
 * @returns null when it could not be found out: ask again
 */
export async function findStart(
  token: string | null,
  context: HubContext<unknown>,
  feed: Pick<Feed, 'signal'>,
): Promise<Start | null> {
  const position = token === null ? null : readToken(token)
  const present = context.stream.checkpoint
  if (present === null) return null
  if (token === null) return { position: present, resumed: 'fresh', reason: null }
  if (position === null) return { position: present, resumed: 'gap', reason: 'unreadable' }
  if (isInTail(position, context)) return { position, resumed: 'resumed', reason: null }
  const reason = await checkedReason(position, context, feed.signal)
  if (reason === 'failed') return null
  if (reason === null) return { position, resumed: 'resumed', reason: null }
  return { position: context.stream.checkpoint ?? present, resumed: 'gap', reason }
}

/** True when the tail alone can answer: what the position has seen lies within it. */
function isInTail(position: Position, { stream }: HubContext<unknown>): boolean {
  const place = stream.locate(position)
  if (place === null || stream.checkpoint === null) return false
  return place.isExact || covers(stream.checkpoint.cursor.snapshot, reachedBy(position))
}

/** Null when the token is not one of ours. */
export function readToken(token: string): Position | null {
  try {
    return positionAt(parseCursor(token), null)
  } catch {
    return null
  }
}

async function checkedReason(
  position: Position,
  context: HubContext<unknown>,
  signal: AbortSignal,
): Promise<GapReason | null | 'failed'> {
  const release = await context.slots.acquire(signal)
  try {
    return signal.aborted ? 'failed' : await context.history.check(position.cursor)
  } catch (error) {
    context.counters.replayErrors++
    context.onError(error, 'resume')
  } finally {
    release()
  }
  await pause(context.clock, context.limits.retryDelayMs, signal)
  return 'failed'
}

function addSubscriptions({ interests }: Client, { subscriptions }: RegisterData): void {
  const ids = new Set<string>()
  for (const { id } of subscriptions ?? []) {
    if (ids.has(id)) throw new RefusedSubscription(id, rtbridgeError('RTB_SUBSCRIPTION_DUPLICATE', { id }))
    ids.add(id)
  }
  // Live tables need the hub to be ready: they follow `registered`.
  const plain = subscriptions?.filter(({ snapshot }) => snapshot !== true)
  const compiled = plain?.map(request => compileOne(toSubscriptionSpec(request)))
  interests.replaceAll(compiled ?? [everySubscription])
}

/** The same for all who name none. */
const everySubscription = compileSubscription(defaultSubscription)

function compileOne(spec: SubscriptionSpec) {
  try {
    return compileSubscription(spec)
  } catch (thrown) {
    throw new RefusedSubscription(spec.id, thrown)
  }
}
