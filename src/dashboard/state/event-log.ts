import type { ClientEvent } from '../../client/index.ts'

/** An event as the page keeps it. */
export type SeenEvent = ClientEvent

/** Events that came, the newest first. */
export interface EventLog {
  readonly shown: readonly SeenEvent[]
  /** Those that came during a pause, the newest first. */
  readonly waiting: readonly SeenEvent[]
  readonly isPaused: boolean
}

export type EventLogInput =
  | { readonly type: 'events'; readonly events: readonly SeenEvent[] }
  | { readonly type: 'pause' | 'resume' | 'clear' }

/** More would make the page slow, and nobody reads them. */
export const mostEvents = 500

export const emptyLog: EventLog = { shown: [], waiting: [], isPaused: false }

/** The next state of the log. */
export function nextLog(log: EventLog, input: EventLogInput): EventLog {
  switch (input.type) {
    case 'events': {
      const to = log.isPaused ? log.waiting : log.shown
      const list = [...input.events.toReversed(), ...to].slice(0, mostEvents)
      return log.isPaused ? { ...log, waiting: list } : { ...log, shown: list }
    }
    case 'pause':
      return { ...log, isPaused: true }
    case 'resume':
      return { shown: [...log.waiting, ...log.shown].slice(0, mostEvents), waiting: [], isPaused: false }
    case 'clear':
      return { ...log, shown: [], waiting: [] }
  }
}

/** Events in which every word of a text is found, in whatever case. */
export function filterEvents(events: readonly SeenEvent[], filter: string): readonly SeenEvent[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return events
  return events.filter(({ event_type: type, table, id, op, data }) => {
    const text = [type, table, id, op, JSON.stringify(data)].join(' ').toLowerCase()
    return words.every(word => text.includes(word))
  })
}
