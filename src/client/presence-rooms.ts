import type { HubMessageData, PresenceMemberData } from '../protocol/messages.ts'
import { hubError } from './client-errors.ts'
import type { PresenceHandle, Unlisten } from './core-client.ts'
import { Handle } from './handle.ts'
import type { Report } from './listeners.ts'
import { Listeners } from './listeners.ts'
import type { Requests } from './requests.ts'

/** Where a link brings no changes they are asked for, this often, ms. */
const pollMs = 10_000
/** Most of those who went that are remembered. */
const maxOffline = 1_000

/** What presence uses of the connection. */
export interface PresenceConnection {
  readonly requests: Requests
  readonly isOnline: boolean
  readonly isOneWay: boolean
  want(): void
  later(work: () => void, ms: number): void
  readonly report: Report
}

type Members = readonly PresenceMemberData[]

/** Who is in a room, for the app. */
class RoomPresence extends Handle implements PresenceHandle {
  readonly room: string | null
  readonly #changes = new Listeners<Members>()
  members: Members = []

  constructor(room: string | null, report: Report, closed: () => void) {
    super(report, closed)
    this.room = room
  }

  onChange(listener: (members: Members) => void): Unlisten {
    return this.#changes.add(listener)
  }

  show(members: Members): void {
    this.members = members
    this.#changes.emit(members, this.report)
  }
}

/** Who is where, as far as the app wants to know. */
export class PresenceRooms {
  readonly #connection: PresenceConnection
  readonly #handles = new Map<string | null, Set<RoomPresence>>()
  #state: 'online' | 'away' = 'online'

  constructor(connection: PresenceConnection) {
    this.#connection = connection
  }

  open(room: string | null): PresenceHandle {
    const { report, want } = this.#connection
    const handles = this.#handles.get(room) ?? new Set()
    const [first] = handles
    const handle: RoomPresence = new RoomPresence(room, report, () => {
      handles.delete(handle)
      if (handles.size > 0) return
      this.#handles.delete(room)
      const { requests, isOnline, isOneWay } = this.#connection
      if (isOnline && !isOneWay) requests.ask('presence', { room, subscribe: false }, nobodyWaits)
    })
    this.#handles.set(room, handles.add(handle))
    if (first?.state === 'live') {
      handle.members = first.members
      handle.apply('answered')
    } else if (first === undefined) this.#ask(room)
    want()
    return handle
  }

  set(state: 'online' | 'away'): Promise<void> {
    this.#state = state
    const { requests, isOnline, want } = this.#connection
    want()
    if (!isOnline) return Promise.resolve()
    return new Promise((resolve, reject) => {
      requests.ask(
        'presence',
        { state },
        {
          answered: () => resolve(),
          refused: error => reject(hubError(error)),
          // It is sent again with the next connection.
          lost: resolve,
        },
      )
    })
  }

  registered(): void {
    const { requests, isOneWay, report } = this.#connection
    if (this.#state !== 'online' && !isOneWay) {
      const refused = (error: HubMessageData['error']) => report(hubError(error))
      requests.ask('presence', { state: this.#state }, { answered() {}, refused })
    }
    for (const room of this.#handles.keys()) this.#ask(room)
  }

  lost(): void {
    for (const handle of this.#all()) handle.apply('lost')
  }

  receive(type: 'presence' | 'presence_event', { room, members }: HubMessageData['presence_event']): void {
    for (const handle of this.#handles.get(room) ?? []) {
      handle.show(type === 'presence' ? members : merge(handle.members, members))
    }
  }

  #ask(room: string | null): void {
    const { requests, isOnline, isOneWay, later, report } = this.#connection
    if (!isOnline) return
    requests.ask('presence', isOneWay ? { room } : { room, subscribe: true }, {
      answered: data => {
        this.receive('presence', data as HubMessageData['presence'])
        for (const handle of this.#handles.get(room) ?? []) handle.apply('answered')
        if (isOneWay) later(() => this.#handles.has(room) && this.#ask(room), pollMs)
      },
      refused: data => {
        const error = hubError(data)
        for (const handle of this.#handles.get(room) ?? []) handle.apply('refused', error)
        this.#handles.delete(room)
        report(error)
      },
    })
  }

  #all(): RoomPresence[] {
    return [...this.#handles.values()].flatMap(handles => [...handles])
  }

  /** It will not come back. */
  end(error: ReturnType<typeof hubError>): void {
    for (const handle of this.#all()) handle.apply('refused', error)
  }
}

const nobodyWaits = { answered() {}, refused() {} }

/** Those who changed take the place of what was known of them; of those who went, only the last are kept. */
function merge(members: Members, changed: Members): Members {
  const all = new Map([...members, ...changed].map(member => [keyOf(member), member]))
  let excess = [...all.values()].filter(({ state }) => state === 'offline').length - maxOffline
  return [...all.values()].filter(({ state }) => state !== 'offline' || excess-- <= 0)
}

function keyOf({ user, client_id: clientId }: PresenceMemberData): string {
  return JSON.stringify([user, user === null && clientId])
}
