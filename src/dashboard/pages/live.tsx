import { useState } from 'preact/hooks'
import { EventList } from '../parts/event-list.tsx'
import { filterEvents } from '../state/event-log.ts'
import type { HubStream } from '../state/hub-client.ts'
import { useTranslator } from '../state/use-language.ts'

/** Events as they come. */
export function LivePage({ stream }: { stream: HubStream }) {
  const { text } = useTranslator()
  const [filter, setFilter] = useState('')
  const { log, dispatch, hasGap } = stream
  const events = filterEvents(log.shown, filter)
  return (
    <>
      <search class="row tools">
        <label class="grow">
          {text('live.filter')}
          <input
            type="search"
            value={filter}
            placeholder={text('live.filterHint')}
            onInput={event => setFilter(event.currentTarget.value)}
          />
        </label>
        <button
          type="button"
          class="primary"
          onClick={() => dispatch({ type: log.isPaused ? 'resume' : 'pause' })}
        >
          {text(log.isPaused ? 'live.resume' : 'live.pause')}
        </button>
        <button type="button" onClick={() => dispatch({ type: 'clear' })}>
          {text('live.clear')}
        </button>
      </search>
      {hasGap && <p class="note warn">{text('live.gap')}</p>}
      <p class="dim">
        {log.isPaused
          ? text('live.waiting', { count: log.waiting.length })
          : text('live.shown', { count: events.length })}
      </p>
      {events.length === 0 ? (
        <p class="empty">{text(log.shown.length === 0 ? 'live.empty' : 'live.noMatch')}</p>
      ) : (
        <EventList events={events} />
      )}
    </>
  )
}
