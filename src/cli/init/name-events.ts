import type { TableName } from '../../install/plan.ts'

/** What a table's events are called in a proposal. */
export interface ProposedNames {
  readonly channel: string
  /** Stem of the event types: `BOOKING` of `BOOKING_CREATED`. */
  readonly stem: string
}

/** `bookings` → `booking_events` and `BOOKING`; tables of other schemas carry theirs, so that names stay apart. */
export function nameEvents({ schema, name }: TableName): ProposedNames {
  const full = toSnakeCase(schema === 'public' ? singular(name) : `${schema}_${singular(name)}`)
  // Event types are ASCII and begin with a letter; a name in another script leaves nothing of itself.
  const ascii = full.replace(/[^a-z0-9_]+/g, '_').replace(/^[^a-z]+|_+$/g, '')
  const stem = ascii === '' ? 'row' : ascii
  return { channel: `${full.replace(/\s+/g, '_')}_events`, stem: stem.slice(0, 80).toUpperCase() }
}

/** English plurals, as far as table names go. */
export function singular(noun: string): string {
  if (/(ss|us|is)$/i.test(noun)) return noun
  if (/[^aeiou]ies$/i.test(noun)) return `${noun.slice(0, -3)}y`
  if (/(ss|sh|ch|x|z|us)es$/i.test(noun)) return noun.slice(0, -2)
  return noun.replace(/([^s])s$/i, '$1')
}

function toSnakeCase(name: string): string {
  return name.replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1_$2').toLowerCase()
}
