import type { Transition } from '../../protocol/messages.ts'
import type { EncodedEvent } from '../stream/encoded-batch.ts'

/** Whether a row was in and is in. */
export interface Sides {
  readonly before: boolean
  readonly after: boolean
}

/** An event with what the subscriptions of a selection say of it. */
export interface SelectedEvent {
  readonly encoded: EncodedEvent
  /** The subscriptions it matched. */
  readonly ids: readonly string[]
  /** Whether a `where` of them held before and after; null when none has one. */
  readonly sides: Sides | null
  /** The same for each of `ids`, where they do not agree whether the row is in; else null. */
  readonly eachSides: readonly (Sides | null)[] | null
  /** How long it may wait for a later event of its row, ms; null = not at all. */
  readonly conflateMs: number | null
  /** How many earlier events it stands for besides itself. */
  readonly replaced: number
}

/** The JSON object of an event for those who selected it so. */
export function eventBody({ encoded, ids, sides, eachSides, replaced }: SelectedEvent): string {
  const transition = sides === null ? '' : `,"transition":"${transitionOf(sides)}"`
  const transitions = eachSides === null ? '' : `,"transitions":${transitionsOf(ids, eachSides)}`
  const conflated = replaced === 0 ? '' : `,"conflated":${replaced}`
  return `${encoded.json}${transition}${transitions}${conflated},"subscriptions":${JSON.stringify(ids)}}`
}

function transitionsOf(ids: readonly string[], each: readonly (Sides | null)[]): string {
  const members = ids.map((id, at) => {
    const sides = each[at] ?? null
    return `${JSON.stringify(id)}:${sides === null ? 'null' : `"${transitionOf(sides)}"`}`
  })
  return `{${members.join(',')}}`
}

function transitionOf({ before, after }: Sides): Transition {
  if (!after) return 'leave'
  return before ? 'stay' : 'enter'
}
