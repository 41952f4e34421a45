import type { Transition } from '../../protocol/messages.ts'
import type { EncodedEvent } from '../stream/encoded-batch.ts'

/** An event with what the subscriptions of a selection say of it. */
export interface SelectedEvent {
  readonly encoded: EncodedEvent
  /** The subscriptions it matched. */
  readonly ids: readonly string[]
  /** Whether a `where` of them held before and after; null when none has one. */
  readonly sides: { readonly before: boolean; readonly after: boolean } | null
  /** How long it may wait for a later event of its row, ms; null = not at all. */
  readonly conflateMs: number | null
  /** How many earlier events it stands for besides itself. */
  readonly replaced: number
}

/** The JSON object of an event for those who selected it so. */
export function eventBody({ encoded, ids, sides, replaced }: SelectedEvent): string {
  const transition = sides === null ? '' : `,"transition":"${transitionOf(sides)}"`
  const conflated = replaced === 0 ? '' : `,"conflated":${replaced}`
  return `${encoded.json}${transition}${conflated},"subscriptions":${JSON.stringify(ids)}}`
}

function transitionOf({ before, after }: NonNullable<SelectedEvent['sides']>): Transition {
  if (!after) return 'leave'
  return before ? 'stay' : 'enter'
}
