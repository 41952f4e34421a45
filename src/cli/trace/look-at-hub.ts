import type { Change } from '../../domain/change.ts'
import { type Cursor, historyOf, parseCursor } from '../../domain/cursor.ts'
import { isPast } from '../../hub/stream/encoded-batch.ts'
import type { HubLook } from './ask-hub.ts'
import { step, type TraceStep } from './trace-step.ts'

/** Whether a hub is there, reads this database, and has read as far. */
export function lookAtHub(
  hub: HubLook,
  change: Change | null,
  history: string | null,
): readonly [hub: TraceStep, read: TraceStep, durability: TraceStep] {
  const { address, health, problem } = hub
  if (health === null) {
    const hint = 'run: rtbridge serve; or name another hub with --url ws://host:8765'
    const none = step('hub', 'skipped', `no hub answers at ${address}: ${problem}`, { hint })
    return [none, ...unread('no hub was asked')]
  }
  const cursor = cursorOf(health.cursor)
  if (cursor !== null && history !== null && historyOf(cursor.incarnation) !== history) {
    const found = `the hub at ${address} reads another database, or another history of this one`
    const hint = 'compare database.url of the hub with the one here'
    return [step('hub', 'dropped', found, { hint }), ...unread('the hub reads another database')]
  }
  const place = lookAtState(hub)
  if (change === null) return [place, ...unread('there is no change to look for')]
  const isRead =
    hub.trace?.read ?? (cursor !== null && isPast({ cursor }, { tx: change.xid, seq: change.seq }))
  if (isRead) {
    const read = step('read', 'ok', `the hub has read past transaction ${change.xid}`)
    return [place, read, step('durability', 'ok', 'it is on disk: nothing else leaves the hub')]
  }
  const lag = health.capture.lagMs
  const behind = lag === null ? '' : `, it may be ${lag} ms behind`
  const found = `the hub has not read as far as transaction ${change.xid}${behind}`
  const read = step('read', 'waiting', found, { hint: 'run: rtbridge doctor' })
  return [place, read, step('durability', 'skipped', 'the hub has not given it out')]
}

function lookAtState({ address, health }: HubLook): TraceStep {
  const others = (health?.hubs ?? []).map(
    ({ address: at }) => `another hub at ${at} has clients of its own: --url ws://${at}`,
  )
  if (health?.state === 'live') return step('hub', 'ok', `live at ${address}`, { details: others })
  const error = health?.database.error ?? health?.problems[0] ?? null
  const why = error === null ? '' : `: ${error.message}`
  const found = `the hub at ${address} gives nothing out since ${health?.stale_since}${why}`
  return step('hub', 'waiting', found, { details: others, hint: error?.hint ?? 'run: rtbridge status' })
}

function unread(reason: string): readonly [TraceStep, TraceStep] {
  return [step('read', 'skipped', reason), step('durability', 'skipped', reason)]
}

function cursorOf(token: string | null): Cursor | null {
  try {
    return token === null ? null : parseCursor(token)
  } catch {
    // Of a newer version: what it means is not known here.
    return null
  }
}
