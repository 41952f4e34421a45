import { useConnection } from './hooks.ts'

/** How the connection is, in words; read out when it changes. */
export function ConnectionBadge() {
  const { state, stale, error } = useConnection()
  const look = state === 'online' ? (stale ? 'warn' : 'good') : state === 'closed' ? 'bad' : 'warn'
  const text = {
    idle: 'Not connected',
    connecting: 'Connecting …',
    online: stale ? 'The hub has lost its database' : 'Live',
    retrying: 'Connection lost, trying again …',
    closed: error?.message ?? 'Closed',
  }[state]
  return (
    <p className={`badge ${look}`} role="status">
      {text}
    </p>
  )
}
