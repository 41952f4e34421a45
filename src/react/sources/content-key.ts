/**
 * A text that is the same for values of the same content, whatever the order of their fields; fields that are
 * undefined do not count. It is JSON of the value. For what consists of texts, numbers, lists and plain objects.
 */
export function contentKey(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) => (isPlain(part) ? sortFields(part) : part))
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sortFields(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
}
