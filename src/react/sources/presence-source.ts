import type { ClientError } from '../../client/api/client-error.ts'
import type { PresenceHandle } from '../../client/presence/presence-handle.ts'
import type { SourceKind } from './shared-source.ts'

/** Who is there. */
export interface PresenceView {
  /** Another array after each change. */
  readonly members: PresenceHandle['members']
  /**
   * - `idle`: nothing is asked
   * - `loading`: the hub has not answered yet
   * - `live`: these are they
   * - `stale`: the connection is away; these are those that were there
   * - `failed`: the hub refused, see `error`
   */
  readonly state: 'idle' | 'loading' | 'live' | 'stale' | 'failed'
  readonly error: ClientError | null
}

const nobody: PresenceHandle['members'] = []

/** What there is to see when nothing is asked. */
export const idlePresence: PresenceView = { members: nobody, state: 'idle', error: null }

/** Who is in a room, or anywhere. */
export const presence: SourceKind<{ readonly room?: string | undefined }, PresenceView> = {
  name: 'presence',
  blank: { members: nobody, state: 'loading', error: null },
  open(client, { room }, changed) {
    let view = presence.blank
    let isClosed = false
    const handle = client.presence(room)
    const show = (state: PresenceView['state'], error: ClientError | null) => {
      if (isClosed || (view.state === state && view.members === handle.members)) return
      view = { members: handle.members, state, error }
      changed()
    }
    const look = () => {
      const { state, error } = handle
      if (state === 'live' || state === 'stale' || state === 'failed') show(state, error)
    }
    handle.onChange(look)
    handle.onState(look)
    look()
    return {
      get view() {
        return view
      },
      close() {
        isClosed = true
        handle.close()
      },
    }
  },
}
