import type { HubMessage, HubMessageData, PresenceMemberData } from '../../protocol/messages.ts'
import type { ClientError } from '../api/client-error.ts'
import { clientError, hubError } from '../api/client-errors.ts'
import type { Core, Extension } from '../machine/extension.ts'
import { createHandle, type Handle } from '../machine/handle.ts'
import type { Report } from '../platform/listeners.ts'
import { createListeners } from '../platform/listeners.ts'
import type { PresenceHandle } from './presence-handle.ts'

/** Pause before it is asked again about a room that could not be decided, ms. */
const askAgainMs = 2_000
/** Most of those who went that are remembered. */
const maxOffline = 1_000

type Members = readonly PresenceMemberData[]

/** Who is in a room, for the app. */
interface RoomPresence extends Handle, Omit<PresenceHandle, keyof Handle> {
  members: Members
  show(members: Members): void
}

function createRoomPresence(room: string | null, report: Report, closed: () => void): RoomPresence {
  const changes = createListeners<Members>(report)
  const handle: RoomPresence = Object.assign(createHandle(report, closed), {
    room,
    members: [],
    onChange: changes.add,
    show(members: Members) {
      handle.members = members
      changes.emit(members)
    },
  })
  return handle
}

/** Who is where, as far as the app wants to know. */
export class PresenceRooms implements Extension {
  readonly #core: Core
  readonly #handles = new Map<string | null, Set<RoomPresence>>()
  #state: 'online' | 'away' = 'online'

  constructor(core: Core) {
    this.#core = core
  }

  open(room: string | null): PresenceHandle {
    const { report, state } = this.#core
    const handles = this.#handles.get(room) ?? new Set()
    const [first] = handles
    const handle: RoomPresence = createRoomPresence(room, report, () => {
      handles.delete(handle)
      // Those who ask again after a refusal are others.
      if (handles.size > 0 || this.#handles.get(room) !== handles) return
      this.#handles.delete(room)
      const { requests } = this.#core
      if (this.#core.state === 'online') requests.ask('presence', { room, subscribe: false })
    })
    if (state === 'closed') {
      handle.end(clientError('RTB_CLIENT_CLOSED'))
      return handle
    }
    this.#handles.set(room, handles.add(handle))
    if (first?.state === 'live') {
      handle.members = first.members
      handle.apply('answered')
    } else if (first === undefined) this.#ask(room)
    this.#core.want()
    return handle
  }

  set(wanted: 'online' | 'away'): Promise<void> {
    this.#state = wanted
    this.#core.want()
    // Otherwise it is sent with the next connection.
    if (this.#core.state !== 'online') return Promise.resolve()
    return new Promise((answered, reject) => {
      const refused = (error: HubMessageData['error']) => reject(hubError(error))
      this.#core.requests.ask('presence', { state: wanted }, { answered, refused, lost: answered })
    })
  }

  registered(): void {
    const { requests, report } = this.#core
    if (this.#state !== 'online') {
      const refused = (error: HubMessageData['error']) => report(hubError(error))
      requests.ask('presence', { state: this.#state }, { refused })
    }
    for (const room of this.#handles.keys()) this.#ask(room)
  }

  lost(): void {
    for (const handle of this.#all()) handle.apply('lost')
  }

  receive({ message_type: type, data }: HubMessage): void {
    if (type !== 'presence' && type !== 'presence_event') return
    for (const handle of this.#handles.get(data.room) ?? []) {
      handle.show(type === 'presence' ? data.members : merge(handle.members, data.members))
    }
  }

  #ask(room: string | null): void {
    const { requests, state } = this.#core
    if (state !== 'online') return
    requests.ask(
      'presence',
      { room, subscribe: true },
      {
        answered: data => {
          for (const handle of this.#handles.get(room) ?? []) {
            handle.show((data as HubMessageData['presence']).members)
            handle.apply('answered')
          }
        },
        refused: error => this.#refused(room, error),
      },
    )
  }

  #refused(room: string | null, data: HubMessageData['error']): void {
    if (data.retry_ms || /^RTB_ROOM_(UNDECIDED|PENDING)$/.test(data.code)) {
      this.#core.later(() => this.#handles.has(room) && this.#ask(room), data.retry_ms ?? askAgainMs)
      return
    }
    const error = hubError(data)
    for (const handle of this.#handles.get(room) ?? []) handle.apply('refused', error)
    this.#handles.delete(room)
    this.#core.report(error)
  }

  #all(): RoomPresence[] {
    return [...this.#handles.values()].flatMap(handles => [...handles])
  }

  /** It will not come back. */
  ended(error: ClientError): void {
    for (const handle of this.#all()) handle.end(error)
  }
}

/** Those who changed take the place of what was known of them; of those who went, only the last are kept. */
function merge(members: Members, changed: Members): Members {
  const all = new Map([...members, ...changed].map(member => [keyOf(member), member]))
  let excess = [...all.values()].filter(({ state }) => state === 'offline').length - maxOffline
  return [...all.values()].filter(({ state }) => state !== 'offline' || excess-- <= 0)
}

function keyOf({ user, client_id: clientId }: PresenceMemberData): string {
  return JSON.stringify([user, user === null && clientId])
}
