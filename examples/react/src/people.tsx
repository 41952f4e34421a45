import { useConnection, usePresence } from './hooks.ts'

/** Who is here, and who has just left. */
export function People() {
  const { members, state, error } = usePresence()
  const isOnline = useConnection().state === 'online'
  return (
    <section aria-labelledby="people">
      <h2 id="people">Who is here, and who has just left</h2>
      {!isOnline && members.length > 0 && <p className="note">As it was when the connection was lost.</p>}
      {state === 'failed' && <p className="empty">{error?.message}</p>}
      <ul className="list">
        {members.map(({ user, client_id, app_names, state: presence }) => (
          <li key={`${user} ${client_id}`}>
            <span className={`dot ${presence}`} aria-hidden="true" />
            <span dir="auto">{user ?? app_names.join(', ')}</span>
            <span className="quiet">{presence}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
