/** True when two values read from JSON are equal, whatever the order of their members. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    // Numbers of a `parse` of its own may hide what they are.
    (names.length > 0 || String(a) === String(b)) &&
    names.every(name => sameValue(a[name], b[name]))
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object(value) === value
}
