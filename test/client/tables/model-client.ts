import type { PartCore, StreamHost, StreamPart } from '../../../src/client/machine/stream-part.ts'
import { openTables } from '../../../src/client/tables/open-tables.ts'
import type { RealtimeEventData, SubscribeData } from '../../../src/protocol/messages.ts'
import type { ModelDatabase, Random } from './model-database.ts'
import { cursorText, type ModelCursor, type ModelFrame, ModelHub } from './model-hub.ts'

/** Time that moves when told. */
export class ManualTableClock {
  #now = 0
  readonly #timers = new Set<{ readonly at: number; readonly work: () => void }>()

  now(): number {
    return this.#now
  }

  later(work: () => void, ms: number): void {
    this.#timers.add({ at: this.#now + ms, work })
  }

  clear(): void {
    this.#timers.clear()
  }

  pass(ms: number): void {
    this.#now += ms
    for (const timer of [...this.#timers])
      if (timer.at <= this.#now && this.#timers.delete(timer)) timer.work()
  }
}

/** What the connection of a client does for its live tables, without a socket. */
export class ModelClient implements StreamHost, PartCore {
  readonly clock = new ManualTableClock()
  readonly errors: unknown[] = []
  readonly tables = { open: openTables(this, this) }
  readonly #database: ModelDatabase
  readonly #random: Random
  readonly #parts = new Map<string, StreamPart>()
  /** What the hub has not heard yet. */
  #pending: SubscribeData[] = []
  readonly #last = new Map<string, SubscribeData>()
  #hub: ModelHub | null = null
  #cursor: ModelCursor | null = null
  #lastCheckpoint = ''
  /** Hears of each checkpoint, when all parts have taken it. */
  onCommit: (cursor: ModelCursor) => void = () => {}

  constructor(database: ModelDatabase, random: Random) {
    this.#database = database
    this.#random = random
  }

  get isConnected(): boolean {
    return this.#hub !== null
  }

  get isAtRest(): boolean {
    return this.#hub?.isAtRest === true
  }

  add(part: StreamPart): void {
    this.#parts.set(part.id, part)
    if (this.#hub !== null) this.renew(part)
  }

  remove(part: StreamPart): void {
    this.#parts.delete(part.id)
    this.#pending = this.#pending.filter(({ id }) => id !== part.id)
    this.#hub?.unsubscribe(part.id)
  }

  renew(part: StreamPart): void {
    if (this.#hub === null) return
    const request = part.request(false)
    this.#pending.push(request)
    this.#last.set(part.id, request)
  }

  report = (error: unknown): void => {
    this.errors.push(error)
  }

  monotonicNow = (): number => this.clock.now()

  later(work: () => void, ms: number): void {
    this.clock.later(work, ms)
  }

  /** @param isGap the hub cannot go on where the client was */
  connect(isGap: boolean): void {
    const now = { count: this.#database.transactions.length, at: 0 }
    const isResumed = this.#cursor !== null && !isGap
    const hub = new ModelHub(this.#database, this.#random, isResumed && this.#cursor ? this.#cursor : now)
    this.#hub = hub
    this.#cursor = hub.position
    // Where nothing was missed there may be nothing to say for long.
    if (isResumed && cursorText(hub.position) === this.#lastCheckpoint) this.#commit(hub.position)
    for (const part of this.#parts.values()) {
      if (part.isSettled && isResumed) {
        hub.subscribe(part.request(true), true)
        continue
      }
      this.renew(part)
      part.notify()
    }
  }

  disconnect(): void {
    if (this.#hub === null) return
    this.#hub = null
    this.#pending = []
    this.clock.clear()
    for (const part of this.#parts.values()) {
      part.lost(this.#cursor && cursorText(this.#cursor))
      part.notify()
    }
  }

  /** Takes the next thing the hub sends. @param isCut the connection ends before all of it has come */
  receive(isCut: boolean): boolean {
    if (this.#hub !== null && this.#random(3) === 0) {
      for (const request of this.#pending.splice(0)) this.#hub.subscribe(request, false)
    }
    const frame = this.#hub?.next() ?? null
    if (frame === null) return this.#pending.length > 0
    if (isCut) {
      // An event stream brings one after the other, and can end between two of them.
      if (frame.type !== 'answer') this.#hear(frame.events.slice(0, this.#random(frame.events.length)))
      this.disconnect()
    } else this.#take(frame)
    return true
  }

  #take(frame: ModelFrame): void {
    if (frame.type === 'answer') {
      const { answer, request } = frame
      // Not the answer to a request that another one has replaced.
      if (answer.type === 'subscribed' && this.#last.get(request.id) !== request) return
      const part = this.#parts.get(request.id)
      part?.receive(answer)
      part?.notify()
      if (answer.type !== 'subscribed' || !answer.data.checkpoint) return
      const { position } = this.#hub as ModelHub
      this.#commit(position)
      this.#cursor = position
      return
    }
    this.#hear(frame.events)
    if (frame.type === 'aside') return
    if (frame.cursor.at === 0) this.#commit(frame.cursor)
    this.#cursor = frame.cursor
  }

  #hear(events: readonly RealtimeEventData[]): void {
    for (const event of events) for (const id of event.subscriptions) this.#parts.get(id)?.event(event)
  }

  #commit(cursor: ModelCursor): void {
    this.#lastCheckpoint = cursorText(cursor)
    for (const part of this.#parts.values()) part.commit(cursorText(cursor))
    for (const part of this.#parts.values()) part.notify()
    this.onCommit(cursor)
  }
}
