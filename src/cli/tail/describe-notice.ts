import { visibleText } from '../visible-text.ts'
import type { Notice } from './follow-options.ts'

/** What happens to a stream, in a sentence; null for what needs none. */
export function describeNotice(notice: Notice): string | null {
  switch (notice.kind) {
    case 'connected':
      return null
    case 'waiting':
      return 'connected; the hub is waiting for its database'
    case 'gap':
      return `gap: ${gaps[notice.reason]}; reload what you show, the stream goes on from now`
    case 'stale':
      return visibleText(`the hub has lost its database since ${notice.since} (${notice.reason})`)
    case 'live':
      return 'the hub has its database again'
    case 'lost':
      return `${visibleText(notice.problem)}; again in ${(notice.retryMs / 1_000).toFixed(1)} s`
  }
}

const gaps = {
  retention: 'events after the cursor are no longer in the journal',
  capture: 'events are missing: the triggers of a table were off for a while',
  incarnation: 'the cursor is of another database, or of one that was restored',
  unreadable: 'the cursor is not one that rtbridge gave out',
  future: 'the cursor speaks of changes that have not happened here',
} as const
