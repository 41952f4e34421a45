import { ChangeHistory, type ChangeHistoryOptions } from '../capture/change-history.ts'
import { historyOf } from '../domain/cursor.ts'
import type { EventBatch, History } from '../domain/event-batch.ts'
import type { EventMapper } from '../mapping/event-mapper.ts'

/** The journal's past as events: the same mapping as live. */
export function mappedHistory(options: Omit<ChangeHistoryOptions, 'now'>, toEvents: EventMapper): History {
  const changes = new ChangeHistory({ ...options, now: () => performance.now() })
  return {
    check: cursor => changes.check(cursor),
    async *replay(from, to, signal): AsyncGenerator<EventBatch> {
      for await (const piece of changes.replay(from, to, signal)) {
        yield { events: toEvents(piece.changes, historyOf(piece.cursor.incarnation)), cursor: piece.cursor }
      }
    },
  }
}
