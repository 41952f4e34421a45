/**
 * What a library beneath `@peculiar/x509` expects every program to have: a place to note things about classes. Only the
 * three functions that it calls, and only where nobody else has brought them.
 * @see https://www.npmjs.com/package/reflect-metadata
 */
const notes = new WeakMap<object, Map<unknown, unknown>>()

const functions = {
  getMetadata: (key: unknown, target: object): unknown => notes.get(target)?.get(key),
  getOwnMetadata: (key: unknown, target: object): unknown => notes.get(target)?.get(key),
  defineMetadata: (key: unknown, value: unknown, target: object): void => {
    const found = notes.get(target) ?? new Map<unknown, unknown>()
    notes.set(target, found.set(key, value))
  },
}

for (const [name, value] of Object.entries(functions)) {
  if (!(name in Reflect)) Object.defineProperty(Reflect, name, { value, configurable: true })
}
