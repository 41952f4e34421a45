import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatCursor } from '../../src/domain/cursor.ts'
import type { Event } from '../../src/domain/event.ts'
import type { RealtimeEventData } from '../../src/protocol/messages.ts'
import { FakePeer } from './fake-peer.ts'
import type { MakeEvent } from './memory-history.ts'
import { checkpointAt, eventOf } from './memory-history.ts'
import { openTestHub, settle } from './open-test-hub.ts'

interface Row {
  readonly id: number
  readonly x: number
}

/** Few, so that rows are often merged, and one of them free, so that rows can move. */
const keys = 5

/** Makes events that change a small table as a database would, and keeps what it holds after each transaction. */
function smallTable(picks: readonly number[]): { makeEvent: MakeEvent; after: Map<number, string> } {
  const rows = new Map<number, Row>()
  const after = new Map([[0, '[]']])
  const makeEvent: MakeEvent = (nth, tx) => {
    const pick = picks[nth % picks.length] ?? 0
    const id = pick % keys
    const old = rows.get(id) ?? null
    const free = (id + 1 + (pick % 4)) % keys
    const moves = old !== null && pick % 7 < 2 && !rows.has(free)
    const row = old !== null && pick % 5 === 0 ? null : { id: moves ? free : id, x: nth }
    if (old !== null) rows.delete(id)
    if (row !== null) rows.set(row.id, row)
    after.set(tx, stateText(rows))
    return rowEvent(nth, tx, old, row)
  }
  return { makeEvent, after }
}

function rowEvent(nth: number, tx: number, old: Row | null, row: Row | null): Event {
  const op = old === null ? 'INSERT' : row === null ? 'DELETE' : 'UPDATE'
  const [oldRow, newRow] = [old && JSON.stringify(old), row && JSON.stringify(row)]
  const { change } = eventOf(nth, tx)
  const data = newRow ?? oldRow ?? ''
  const id = String((row ?? old)?.id)
  return eventOf(nth, tx, { op, eventType: op, id, data, change: { ...change, op, oldRow, newRow } })
}

function stateText(rows: ReadonlyMap<unknown, Row>): string {
  return JSON.stringify([...rows.values()].sort((a, b) => a.id - b.id))
}

/** An app that shows the table, and compares it with the database at each checkpoint. */
class Screen {
  readonly #after: ReadonlyMap<number, string>
  readonly #cursors: readonly string[]
  #shown = new Map<unknown, Row>()
  #kept = new Map<unknown, Row>()
  cursor: string | null = null
  checkpoints = 0

  constructor(after: ReadonlyMap<number, string>, cursors: readonly string[]) {
    this.#after = after
    this.#cursors = cursors
  }

  /** The connection broke: what came after the cursor comes again. */
  cut(): void {
    this.#shown = new Map(this.#kept)
  }

  read(peer: FakePeer): void {
    for (const { message_type: type, data } of peer.received.splice(0)) {
      if (type === 'realtime_event') this.#apply(data)
      if (type === 'events') for (const event of data.events) this.#apply(event)
      if (!('cursor' in data) || data.cursor === undefined) continue
      this.cursor = data.cursor
      this.#kept = new Map(this.#shown)
      if (type === 'checkpoint' || (type === 'events' && data.checkpoint)) this.#compare(data.cursor)
    }
  }

  #apply({ op, id, old_id: oldId, data }: RealtimeEventData): void {
    if (oldId !== undefined) this.#shown.delete(oldId)
    if (op === 'DELETE') this.#shown.delete(id)
    else this.#shown.set(id, data as Row)
  }

  #compare(cursor: string): void {
    this.checkpoints++
    expect(stateText(this.#shown)).toBe(this.#after.get(this.#cursors.indexOf(cursor)))
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.constant('publish' as const) },
  { weight: 3, arbitrary: fc.constantFrom('wait' as const, 'read' as const) },
  { weight: 1, arbitrary: fc.constantFrom('slow' as const, 'quick' as const, 'reconnect' as const) },
)

const scenario = fc.record({
  sizes: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 5, maxLength: 25 }),
  picks: fc.array(fc.nat(1_000), { minLength: 20, maxLength: 60 }),
  steps: fc.array(step, { minLength: 10, maxLength: 80 }),
  batch: fc.boolean(),
  live: fc.boolean(),
  queueBytes: fc.constantFrom(1_500, 4_000, 1_000_000),
  tailBytes: fc.constantFrom(0, 3_000, 1_000_000),
})

test('what a conflating client shows at a checkpoint equals the database there, however it is slow, cut or merged', async () => {
  const run = async ({ sizes, picks, steps, batch, live, queueBytes, tailBytes }: Scenario) => {
    const { makeEvent, after } = smallTable(picks)
    const limits = { queueBytes, tailBytes, highWaterBytes: 700, stalledAfterMs: 10_000_000 }
    const { hub, history, clock, register } = openTestHub({ sizes, makeEvent, with: limits })
    const screen = new Screen(
      after,
      [0, ...sizes.keys()].map((_, n) => formatCursor(checkpointAt(n))),
    )
    const conflated = { id: 'a', conflate_ms: 1_000 }
    const subscriptions = live ? [conflated, { id: 'b', events: ['DELETE'] }] : [conflated]
    const join = () => register({ subscriptions, batch, resume: screen.cursor }, new FakePeer())
    hub.start(checkpointAt(0))
    let client = join()
    await settle()
    const pieces = sizes.flatMap((_, tx) => history.pieces(tx, tx + 1))
    for (const action of [...steps, 'quick' as const, ...pieces.map(() => 'publish' as const)]) {
      if (action === 'publish') {
        const piece = pieces.shift()
        if (piece !== undefined) hub.publish(piece)
      } else if (action === 'wait') clock.advance(400)
      else if (action === 'slow') client.peer.isSlow = true
      else if (action === 'read') client.peer.take(2)
      else if (action === 'quick') {
        client.peer.isSlow = false
        client.peer.take()
      } else {
        screen.read(client.peer)
        client.connection.closed()
        screen.cut()
        client = join()
      }
      await settle(3)
      screen.read(client.peer)
    }
    for (let turn = 0; turn < 20; turn++) {
      client.peer.take()
      clock.advance(1_000)
      await settle()
    }
    screen.read(client.peer)
    expect(screen.cursor).toBe(formatCursor(checkpointAt(sizes.length)))
    expect(screen.checkpoints).toBeGreaterThan(0)
    expect(hub.stats()).toMatchObject({ heldBytes: 0, queuedBytes: 0, behind: 0, catchingUp: 0 })
  }
  await fc.assert(fc.asyncProperty(scenario, run), { numRuns: 300, endOnFailure: false })
})

type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never
