import { useState } from 'preact/hooks'
import type { SeenEvent } from '../state/event-log.ts'
import { useTranslator } from '../state/use-language.ts'
import { EventDetail } from './event-detail.tsx'

/** Events as rows, of which one can be opened. */
export function EventList({ events }: { events: readonly SeenEvent[] }) {
  const { clock } = useTranslator()
  const [openId, setOpenId] = useState<string | null>(null)
  return (
    <ol class="events">
      {events.map(event => {
        const { event_id: eventId, event_type: type, table, id, timestamp } = event
        const isOpen = eventId === openId
        return (
          <li key={eventId}>
            <button
              type="button"
              class="event"
              aria-expanded={isOpen}
              onClick={() => setOpenId(isOpen ? null : eventId)}
            >
              <time class="dim" dateTime={timestamp}>
                {clock(timestamp)}
              </time>
              <bdi class={`type ${event.op.toLowerCase()}`}>{type}</bdi>
              <bdi class="where">{table ?? ''}</bdi>
              <bdi class="key">{id ?? ''}</bdi>
            </button>
            {isOpen && <EventDetail event={event} />}
          </li>
        )
      })}
    </ol>
  )
}
