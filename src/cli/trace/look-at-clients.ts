import type { Change } from '../../domain/change.ts'
import { counted } from '../../domain/counted.ts'
import type { DaemonStatus } from '../../operations/daemon-status.ts'
import type { HubLook, HubTrace } from './ask-hub.ts'
import { step, type TraceStep } from './trace-step.ts'

type Client = HubTrace['connections'][number]
type Delivery = Client['delivery']

/** Which clients got it, and what kept it from the others. @param event the event that was missed; null: any */
export function lookAtClients(
  { health, trace, refusal }: HubLook,
  change: Change | null,
  event: string | null,
): TraceStep {
  if (health === null) return step('clients', 'skipped', 'no hub was asked')
  if (trace === null) {
    const found =
      refusal === null ? 'there is no change to look for' : `the hub does not tell of its clients: ${refusal}`
    const hint = 'put a key with the role admin into RTBRIDGE_TOKEN or --token-file'
    return step('clients', 'skipped', found, { hint: refusal === null ? null : hint })
  }
  if (trace.total === 0) {
    return step('clients', 'dropped', 'nobody is connected to this hub', {
      hint: 'who comes later resumes with a cursor',
    })
  }
  if (trace.events === null) return judgeForgotten(trace, change !== null && isOlder(change, health))
  if (event !== null && !trace.events.some(({ event_type: made }) => made === event)) {
    return step('clients', 'skipped', `the hub made no ${event} of it`)
  }
  return judgeDeliveries(trace, event)
}

/** The hub does not know any more what it made: how far its clients are is all that can be told. */
function judgeForgotten({ connections, total, read }: HubTrace, isBeforeStart: boolean): TraceStep {
  const details = connections.map(client => `${nameOf(client)}: ${positions[client.delivery]}`)
  if (!read) return step('clients', 'waiting', 'the hub has made nothing of it yet', { details })
  const why = isBeforeStart
    ? 'the hub was started after it, and its memory does not reach back to it'
    : "the hub's memory (hub.tail) does not reach back to it"
  const present = `${total === 1 ? '1 client is' : `${total} clients are`} connected`
  return step('clients', 'skipped', `${why}: what was for whom is not known any more; ${present}`, {
    details,
  })
}

/** Whether it was written before the hub was started, on the clock of the database. */
function isOlder({ at }: Change, { started_at, canary }: DaemonStatus): boolean {
  return Date.parse(at) < Date.parse(started_at) + (canary.clock_offset_ms ?? 0)
}

function judgeDeliveries({ connections, total }: HubTrace, event: string | null): TraceStep {
  const judged = connections.map(client => {
    const events = client.events.filter(each => event === null || each.event_type === event)
    return { client, events, best: bestOf(events, client.delivery) }
  })
  const count = (...wanted: readonly Delivery[]) => judged.filter(({ best }) => wanted.includes(best)).length
  const details = judged.map(({ client, events, best }) => `${nameOf(client)}: ${describe(best, events)}`)
  const more = total > connections.length ? [`and ${total - connections.length} more, not asked`] : []
  const all = { details: [...details, ...more] }
  const what = event ?? 'it'
  if (count('sent') > 0) {
    const isSlow = count('waiting', 'behind') > 0
    const found = `${what} was given to ${count('sent')} of ${counted(total, 'client')}`
    return step('clients', isSlow ? 'warning' : 'ok', found, all)
  }
  if (count('waiting', 'behind') > 0) {
    return step(
      'clients',
      'waiting',
      `${what} waits for ${counted(count('waiting', 'behind'), 'client')} to take it`,
      all,
    )
  }
  if (count('unknown') > 0 || more.length > 0) {
    return step(
      'clients',
      'skipped',
      `for ${counted(count('unknown') + total - connections.length, 'client')} it is not known`,
      all,
    )
  }
  if (count('begins-later') > 0) {
    const found = `${what} came before the streams of ${counted(count('begins-later'), 'client')} begin: they registered without a cursor of before`
    return step('clients', 'dropped', found, {
      ...all,
      hint: 'a client that resumes with its cursor misses nothing',
    })
  }
  const hint = 'compare subscriptions, rooms and roles of the clients below with the event'
  return step('clients', 'dropped', `${what} is for none of ${counted(total, 'client')}`, { ...all, hint })
}

const order: readonly Delivery[] = [
  'sent',
  'waiting',
  'behind',
  'unknown',
  'begins-later',
  'not-for-it',
  'not-registered',
]

/** What came of the events for one client, the best of them. */
function bestOf(events: Client['events'], delivery: Delivery): Delivery {
  if (delivery === 'not-registered') return delivery
  return order.find(each => events.some(({ delivery: one }) => one === each)) ?? 'not-for-it'
}

const positions: Readonly<Record<Delivery, string>> = {
  sent: 'given to its socket',
  waiting: 'waits behind what the client has yet to take, or is held back to be conflated',
  behind: 'the client is behind, and catches up from the journal',
  'begins-later': 'its stream begins later, or went on later after a gap',
  'not-registered': 'has not registered',
  'not-for-it': 'not for it',
  unknown: 'its conditions take too much work to tell',
}

function describe(best: Delivery, events: Client['events']): string {
  const named = events.filter(({ delivery }) => delivery === best)
  const types = named.map(({ event_type, subscriptions }) =>
    subscriptions.length === 0 ? event_type : `${event_type} (${subscriptions.join(', ')})`,
  )
  if (best !== 'not-for-it') return `${positions[best]}${types.length === 0 ? '' : `: ${types.join(', ')}`}`
  return `not for it: ${named.map(each => `${each.event_type}: ${reasonOf(each)}`).join('; ')}`
}

function reasonOf({ result, misses }: Client['events'][number]): string {
  if (result !== 'subscriptions') return reasons[result]
  if (misses.length === 0) return 'it has no subscriptions'
  return misses.map(({ id, by }) => `${id} filters by ${by}`).join(', ')
}

const reasons: Readonly<Record<Exclude<Client['events'][number]['result'], 'subscriptions'>, string>> = {
  selected: 'selected',
  own: 'it published that itself',
  room: 'it is in none of the rooms',
  role: 'it has none of the roles',
  policy: 'policies show it nothing of it',
  unknown: 'not known',
}

function nameOf({ app_name: app, user, address, id }: Client): string {
  return `${app ?? 'a client'}${user === null ? '' : ` of ${user}`} (${address}, connection ${id.replace(/^.*\//, '').slice(0, 8)})`
}
