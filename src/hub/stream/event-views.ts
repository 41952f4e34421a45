import type { Sight } from '../../access/access-rules.ts'
import { EncodedEvent, eventBytes } from './encoded-batch.ts'
import { crossingOf, viewEvent } from './view-event.ts'

/** Views are kept up to twice this, bytes: they can be made again, and a client far behind needs each once. */
const rememberedBytes = 4 * 1_024 * 1_024

type Views = Map<Sight, EncodedEvent | null>

let recent = new Map<EncodedEvent, Views>()
let older = new Map<EncodedEvent, Views>()
let recentBytes = 0

/**
 * The event as it is seen, made once for all who see it so; null when nothing of it is left. Not kept with the event: the
 * tail would hold each as many times as there are sights.
 */
export function viewOf(encoded: EncodedEvent, sight: Sight): EncodedEvent | null {
  const known = recent.get(encoded)?.get(sight) ?? older.get(encoded)?.get(sight)
  if (known !== undefined) return known
  const view = makeView(encoded, sight)
  remember(encoded, sight, view)
  return view
}

function makeView(encoded: EncodedEvent, sight: Sight): EncodedEvent | null {
  try {
    const event = viewEvent(encoded.event, sight)
    return event === null ? null : new EncodedEvent(event, crossingOf(event, sight))
  } catch {
    // A row that cannot be opened cannot be cut either: it is nobody's who does not see all of it.
    return null
  }
}

function remember(encoded: EncodedEvent, sight: Sight, view: EncodedEvent | null): void {
  const views: Views = recent.get(encoded) ?? new Map()
  recent.set(encoded, views.set(sight, view))
  recentBytes += view === null ? 200 : eventBytes(view.event)
  if (recentBytes <= rememberedBytes) return
  older = recent
  recent = new Map()
  recentBytes = 0
}
