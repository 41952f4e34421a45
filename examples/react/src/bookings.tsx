import { destinationName } from './destinations.ts'
import { useEventLog } from './hooks.ts'

/** What was booked and cancelled today, as far as this page has heard of it; the newest first. */
export function Bookings() {
  const today = new Date().toDateString()
  const events = useEventLog(['BOOKING_CREATED', 'BOOKING_CANCELLED'], { limit: 50 })
    .filter(({ timestamp }) => new Date(timestamp).toDateString() === today)
    .toReversed()
  return (
    <section aria-labelledby="bookings">
      <h2 id="bookings">Today's bookings</h2>
      {events.length === 0 && <p className="empty">None since this page was opened.</p>}
      <ol className="list" aria-live="polite">
        {events.map(({ event_id, event_type, timestamp, data }) => (
          <li key={event_id} className={event_type === 'BOOKING_CANCELLED' ? 'cancelled' : ''}>
            <time dateTime={timestamp}>{clock(timestamp)}</time>
            <span>
              {data.seats_booked} × <span dir="auto">{destinationName(data.destination_id).name}</span>
            </span>
            <span className="quiet">{event_type === 'BOOKING_CANCELLED' ? 'cancelled' : 'booked'}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}

/** Hours and minutes. */
export function clock(timestamp: string): string {
  return new Date(timestamp).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
}
