import { useCallback, useEffect, useState } from 'preact/hooks'
import { EventList } from '../parts/event-list.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import type { Health, Journal } from '../state/answers.ts'
import { ask } from '../state/api.ts'
import type { SeenEvent } from '../state/event-log.ts'
import { useTranslator } from '../state/use-language.ts'

/** The journal against its limits, and what happened lately. */
export function JournalPage({ health }: { health: Health | null }) {
  const { text } = useTranslator()
  return (
    <>
      {health === null && <p>{text('app.loading')}</p>}
      {health !== null && health.journal === null && <p>{text('journal.unknown')}</p>}
      {health !== null && health.journal !== null && <Gauges journal={health.journal} />}
      <Recent />
    </>
  )
}

function Gauges({ journal }: { journal: Journal }) {
  const { text, number, bytes, duration, time } = useTranslator()
  const { live_bytes: live, max_bytes: limit, oldest } = journal
  const facts = [
    [text('journal.rows'), number(journal.rows)],
    [text('journal.disk'), bytes(journal.bytes)],
    [text('journal.keep'), duration(journal.keep_ms)],
    [text('journal.oldest'), oldest === null ? text('app.none') : time(oldest)],
    [text('journal.resumable'), time(journal.resumable_since)],
    [text('journal.measured'), time(journal.measured_at)],
  ] as const
  return (
    <dl class="figures">
      <div class="card">
        <dt id="journal-size">{text('journal.size')}</dt>
        <dd>
          <span class="figure">{text('journal.sizeOf', { size: bytes(live), limit: bytes(limit) })}</span>
          <meter aria-labelledby="journal-size" min={0} max={limit} high={limit * 0.9} value={live} />
        </dd>
      </div>
      {facts.map(([name, value]) => (
        <div key={name} class="card">
          <dt>{name}</dt>
          <dd class="figure">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

interface HistoryPage {
  readonly events: readonly SeenEvent[]
  readonly cursor: string
  readonly more: boolean
}

/** Pages of the past that are read at most: what is shown is the end of it. */
const mostPages = 20
const shownEvents = 100

/** The last events that this hub remembers, the newest first. */
async function readRecent(): Promise<readonly SeenEvent[]> {
  let events: readonly SeenEvent[] = []
  let from = ''
  for (let page = 0; page < mostPages; page++) {
    const found = await ask<HistoryPage>(`/api/events?limit=1000${from}`)
    events = [...events, ...found.events].slice(-shownEvents)
    if (!found.more) break
    from = `&cursor=${encodeURIComponent(found.cursor)}`
  }
  return events.toReversed()
}

function Recent() {
  const { text } = useTranslator()
  const [found, setFound] = useState<readonly SeenEvent[] | null>(null)
  const [error, setError] = useState<unknown>(null)
  const read = useCallback(async () => {
    try {
      setFound(await readRecent())
      setError(null)
    } catch (problem) {
      setError(problem)
    }
  }, [])
  useEffect(() => void read(), [read])
  return (
    <section aria-labelledby="recent">
      <div class="row">
        <h2 id="recent">{text('journal.recent')}</h2>
        <button type="button" onClick={() => void read()}>
          {text('journal.read')}
        </button>
      </div>
      <p class="dim">{text('journal.recentWhy')}</p>
      <ProblemNote error={error} />
      {found?.length === 0 && <p class="empty">{text('journal.noRecent')}</p>}
      {found !== null && found.length > 0 && <EventList events={found} />}
    </section>
  )
}
