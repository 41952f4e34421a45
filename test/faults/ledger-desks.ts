import { setTimeout as pause } from 'node:timers/promises'
import { pickInteger, pickItem, type Random } from '../../src/demo/seeded-random.ts'
import { type DeskEvent, RoamingDesk } from '../support/roaming-desk.ts'
import { isToken, type Step, tokenSlot } from './ledger-truth.ts'

/** The rules of the hubs: business events beside the table events. */
export const tablesYaml = `
tables:
  entry:
    channel: entries
    events:
      ODD: { on: update, when: "new.key % 2 == 1", rooms: [odd] }
  token:
    events:
      TOKEN_GONE: { on: delete, data: { id: "old.id" } }
`

/** What a client registers with, and what it is to get. */
export interface DeskKind {
  readonly name: string
  readonly ask: object
  /** Whether a change is meant for it. */
  readonly wants: (step: Step) => boolean
  /** Reads by fits and starts. */
  readonly isSlow?: true
  /** Its filter: whether it holds for a version of a row of `entry`. */
  readonly holds?: (key: number, n: number) => boolean
}

const isEntry = ({ slot }: Step) => !isToken(slot)
const isLow = (key: number) => key <= 500
const isFourth = (_key: number, n: number) => n % 4 === 0
const rows = { events: ['INSERT', 'UPDATE', 'DELETE'] }

/** Every way of listening that differs on its way through the hub. */
export const deskKinds: readonly DeskKind[] = [
  { name: 'batches', ask: { batch: true, subscriptions: [{ id: 'all', ...rows }] }, wants: () => true },
  { name: 'single frames', ask: { subscriptions: [{ id: 'all', ...rows }] }, wants: () => true },
  {
    name: 'slow batches',
    ask: { batch: true, subscriptions: [{ id: 'all', ...rows }] },
    wants: () => true,
    isSlow: true,
  },
  {
    name: 'slow single frames',
    ask: { subscriptions: [{ id: 'entries', channels: ['entries'], events: ['UPDATE'] }] },
    wants: isEntry,
    isSlow: true,
  },
  {
    name: 'a part of the rows',
    ask: { batch: true, subscriptions: [{ id: 'low', tables: ['entry'], ...rows, where: 'new.key <= 500' }] },
    wants: step => isLow(step.slot),
    holds: isLow,
  },
  {
    name: 'rows that come and go',
    ask: { subscriptions: [{ id: 'fours', tables: ['entry'], ...rows, where: 'new.n % 4 == 0' }] },
    wants: step => isEntry(step) && step.n % 4 < 2,
    holds: isFourth,
  },
  {
    name: 'a room',
    ask: { batch: true, subscriptions: [{ id: 'odd', rooms: ['odd'] }] },
    wants: step => isEntry(step) && step.slot % 2 === 1,
  },
  {
    name: 'rare events',
    ask: { batch: true, subscriptions: [{ id: 'gone', events: ['TOKEN_GONE'] }] },
    wants: step => isToken(step.slot) && step.n === 2,
  },
]

/** A client of a kind; it remembers the step of each event, and what was wrong with its filter. */
export interface LedgerDesk {
  readonly kind: DeskKind
  readonly desk: RoamingDesk<Step>
  /** Events whose `transition` was not what the versions of the row say. */
  readonly wrongTransitions: string[]
}

export function createDesk(kind: DeskKind): LedgerDesk {
  const wrongTransitions: string[] = []
  const desk = new RoamingDesk(kind.name, kind.ask, event => {
    const step = stepOf(event)
    const expected = transitionOf(kind, step)
    if (event.transition !== expected) {
      wrongTransitions.push(`row ${step.slot} version ${step.n}: ${event.transition}, not ${expected}`)
    }
    return step
  })
  return { kind, desk, wrongTransitions }
}

/** How the row passes the filter with this change; undefined without a filter. */
function transitionOf({ holds }: DeskKind, { slot, n }: Step): string | undefined {
  if (holds === undefined) return undefined
  if (!holds(slot, n)) return 'leave'
  return holds(slot, n - 1) ? 'stay' : 'enter'
}

function stepOf({ event_type: type, table, tx, data }: DeskEvent): Step {
  const xid = Number(tx)
  if (table === 'entry') return { slot: Number(data['key']), n: Number(data['n']), xid }
  return { slot: tokenSlot(Number(data['id'])), n: type === 'INSERT' ? 1 : 2, xid }
}

/** A hub that answers nothing for this long is left for another, ms. */
const patienceMs = 1_500

/** Moves a client between hubs until it is over: it is cut, comes back, hangs, as apps in an office do. */
export async function roam(
  { desk, kind }: LedgerDesk,
  options: { readonly urls: readonly string[]; readonly random: Random; readonly isOver: () => boolean },
): Promise<void> {
  const { urls, random, isOver } = options
  while (!isOver()) {
    if (!desk.isRegistered) {
      await Promise.race([desk.connect(pickItem(random, urls) ?? ''), pause(patienceMs)])
      if (!desk.isRegistered) {
        desk.cut()
        await pause(50)
        continue
      }
    }
    if (kind.isSlow === true && random() < 0.7) desk.pause()
    await pause(pickInteger(random, 50, 500))
    desk.resume()
    await pause(pickInteger(random, 50, 500))
    if (random() < 0.15) desk.cut()
  }
  desk.resume()
}
