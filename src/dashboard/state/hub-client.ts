import { useEffect, useReducer, useState } from 'preact/hooks'
import type { Client, ConnectionState } from '../../client/index.ts'
import { createClient } from '../../client/index.ts'
import { toolClientPrefix } from '../../protocol/tool-client.ts'
import type { EventLog, EventLogInput, SeenEvent } from './event-log.ts'
import { emptyLog, nextLog } from './event-log.ts'
import { parseExactly } from './exact-json.ts'
import { readToken } from './session.ts'

/** The name of this page among the clients. */
export const clientId = `${toolClientPrefix}dashboard-${randomName()}`

/** The page as a client of its hub. */
export interface HubStream {
  readonly state: ConnectionState
  readonly log: EventLog
  readonly dispatch: (input: EventLogInput) => void
  /** The stream has a hole. */
  readonly hasGap: boolean
}

/** Events are shown together this often, ms: the page is drawn once for a thousand of them. */
const showEveryMs = 200

/** Listens to every event for as long as the page is open. */
export function useHubStream(onRefused: () => void): HubStream {
  const [log, dispatch] = useReducer(nextLog, emptyLog)
  const [state, setState] = useState<ConnectionState>('idle')
  const [hasGap, setHasGap] = useState(false)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the stream begins once
  useEffect(() => {
    const client = openClient()
    client.onStatus(status => {
      setState(status.state)
      if (status.state === 'closed' && status.error !== null) onRefused()
    })
    client.onGap(() => setHasGap(true))
    const arrived: SeenEvent[] = []
    client.subscribe({}, event => void arrived.push(event))
    const timer = setInterval(() => {
      const events = arrived.splice(0)
      if (events.length > 0) dispatch({ type: 'events', events })
    }, showEveryMs)
    return () => {
      clearInterval(timer)
      client.close()
    }
  }, [])
  return { log, dispatch, state, hasGap }
}

function openClient(): Client {
  return createClient({
    url: location.origin.replace(/^http/, 'ws'),
    appName: 'rtbridge dashboard',
    clientId,
    getToken: readToken,
    parse: parseExactly,
  })
}

/** `crypto.randomUUID` is missing in pages of `http:`. */
function randomName(): string {
  return [...crypto.getRandomValues(new Uint8Array(8))]
    .map(byte => byte.toString(16).padStart(2, '0'))
    .join('')
}
