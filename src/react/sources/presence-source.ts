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
   * - `live`: these are they, or were when the connection was lost (`useConnection` tells)
   * - `failed`: the hub refused, see `error`
   */
  readonly state: 'idle' | 'loading' | 'live' | 'failed'
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
    handle.onChange(() => show('live', null))
    handle.ready().then(
      () => show('live', null),
      (error: ClientError) => show('failed', error),
    )
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
