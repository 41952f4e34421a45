import { expect } from 'vitest'
import { parseCursor } from '../../src/domain/cursor.ts'
import type { Snapshot } from '../../src/domain/snapshot.ts'
import type { HubMessageData, RealtimeEventData } from '../../src/protocol/messages.ts'
import type { RawMessage } from '../support/raw-client.ts'

/** A row as JSON text, so that two are equal when they print the same. */
type Rows = Map<string, string>

/** The state of one live table as the protocol tells a client to keep it. */
class View {
  readonly rows: Rows = new Map()
  /** True from `subscribed` on. */
  isSettled = false

  snapshot({ part, ids, rows }: HubMessageData['snapshot']): void {
    if (part === 0) {
      this.rows.clear()
      this.isSettled = false
    }
    for (const [at, id] of ids.entries()) this.rows.set(id, JSON.stringify(rows[at]))
  }

  event(own: string, event: RealtimeEventData): void {
    const { op, id, data, old_data: before } = event
    const transition = event.transitions === undefined ? event.transition : event.transitions[own]
    if (op === 'TRUNCATE') {
      this.rows.clear()
      return
    }
    const oldId = (before as { id?: unknown } | undefined)?.id
    if (oldId !== undefined) this.rows.delete(String(oldId))
    if (op === 'DELETE' || transition === 'leave') this.rows.delete(id ?? '')
    else this.rows.set(id ?? '', JSON.stringify(data))
  }
}

/** What a client saw at one checkpoint: the rows of each table that was settled. */
export interface SeenState {
  readonly at: Snapshot
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, string>>
}

/** Follows the frames of one connection and keeps what its tables were at every checkpoint. */
export class LiveViews {
  readonly states: SeenState[] = []
  readonly #views = new Map<string, View>()
  #taken = 0

  get settled(): number {
    return [...this.#views.values()].filter(({ isSettled }) => isSettled).length
  }

  /** Takes the frames that came since the last call. */
  follow(messages: readonly RawMessage[]): void {
    for (; this.#taken < messages.length; this.#taken++) this.#take(messages[this.#taken] as RawMessage)
  }

  #take({ message_type: type, data }: RawMessage): void {
    if (type === 'snapshot')
      this.#of(String(data['id'])).snapshot(data as unknown as HubMessageData['snapshot'])
    else if (type === 'realtime_event') this.#event(data as unknown as RealtimeEventData)
    else if (type === 'events') {
      const { events, cursor, checkpoint } = data as unknown as HubMessageData['events']
      for (const event of events) this.#event(event)
      if (checkpoint && cursor !== undefined) this.#commit(cursor)
    } else if (type === 'checkpoint') this.#commit(String(data['cursor']))
    else if (type === 'unsubscribed') this.#views.delete(String(data['id']))
    else if (type === 'subscribed') {
      const { id, cursor, checkpoint, resumed } = data as unknown as HubMessageData['subscribed']
      expect(resumed).toBe('fresh')
      this.#of(id).isSettled = true
      if (checkpoint === true) this.#commit(cursor)
    }
    if (type === 'error' || type === 'gap') expect({ type, data }).toBeNull()
  }

  #event(event: RealtimeEventData): void {
    for (const id of event.subscriptions) this.#views.get(id)?.event(id, event)
  }

  #commit(cursor: string): void {
    const settled = [...this.#views].filter(([, { isSettled }]) => isSettled)
    const tables = new Map(settled.map(([id, { rows }]) => [id, new Map(rows)]))
    this.states.push({ at: parseCursor(cursor).snapshot, tables })
  }

  #of(id: string): View {
    const view = this.#views.get(id) ?? new View()
    this.#views.set(id, view)
    return view
  }
}
