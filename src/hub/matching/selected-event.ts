import type { Transition } from '../../protocol/messages.ts'
import type { EncodedEvent } from '../stream/encoded-batch.ts'

/** Whether a row was in a subscription before a change, and is after it. */
export interface Sides {
  readonly before: boolean
  readonly after: boolean
}

/** An event with what the subscriptions of a selection say of it. */
export interface SelectedEvent {
  readonly encoded: EncodedEvent
  /** The subscriptions it matched. */
  readonly ids: readonly string[]
  /** Of each of `ids`, whether the row was in it before and after; null where nothing tells. */
  readonly sides: readonly (Sides | null)[]
  /** How long it may wait for a later event of its row, ms; null = not at all. */
  readonly conflateMs: number | null
  /** How many earlier events it stands for besides itself. */
  readonly replaced: number
}

/** The JSON object of an event for those who selected it so. */
export function eventBody({ encoded, ids, sides, replaced }: SelectedEvent): string {
  const conflated = replaced === 0 ? '' : `,"conflated":${replaced}`
  return `${encoded.json}${transitionFields(ids, sides)}${conflated},"subscriptions":${JSON.stringify(ids)}}`
}

/** `transition` of all together, and `transitions` of each where they differ. */
function transitionFields(ids: readonly string[], sides: readonly (Sides | null)[]): string {
  const known = sides.filter(each => each !== null)
  if (known.length === 0) return ''
  const before = known.some(each => each.before)
  const after = known.some(each => each.after)
  const together = `,"transition":"${transitionOf({ before, after })}"`
  if (ids.length === 1) return together
  const words = sides.map(each => (each === null ? null : transitionOf(each)))
  if (words.every(word => word === words[0])) return together
  return `${together},"transitions":${JSON.stringify(Object.fromEntries(ids.map((id, at) => [id, words[at]])))}`
}

function transitionOf({ before, after }: Sides): Transition {
  if (!after) return 'leave'
  return before ? 'stay' : 'enter'
}
