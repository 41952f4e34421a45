import { Socket } from 'node:net'
import { onTestFinished } from 'vitest'

interface Writing {
  _write(...args: unknown[]): void
  _writev(...args: unknown[]): void
}

/**
 * Counts the calls in which sockets of a local port hand bytes to the system; until the end of the test.
 * @param port of the server
 */
export function countWrites(port: number): { readonly count: number } {
  const prototype = Socket.prototype as unknown as Writing
  const counter = { count: 0 }
  for (const name of ['_write', '_writev'] as const) {
    const original = prototype[name]
    prototype[name] = function countOne(this: Socket, ...args: unknown[]) {
      if (this.localPort === port) counter.count++
      return Reflect.apply(original, this, args)
    }
    onTestFinished(() => {
      prototype[name] = original
    })
  }
  return counter
}
