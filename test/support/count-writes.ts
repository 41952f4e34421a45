import { Socket } from 'node:net'
import { onTestFinished } from 'vitest'

interface Writing {
  _write(...args: unknown[]): void
  _writev(...args: unknown[]): void
}

/** Counts the calls in which some of this process' sockets hand bytes to the system; until the end of the test. */
export function countWrites(isMeant: (socket: Socket) => boolean): { readonly count: number } {
  const prototype = Socket.prototype as unknown as Writing
  const counter = { count: 0 }
  for (const name of ['_write', '_writev'] as const) {
    const original = prototype[name]
    prototype[name] = function countOne(this: Socket, ...args: unknown[]) {
      if (isMeant(this)) counter.count++
      return Reflect.apply(original, this, args)
    }
    onTestFinished(() => {
      prototype[name] = original
    })
  }
  return counter
}
