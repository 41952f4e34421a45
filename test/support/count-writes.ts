import { Socket } from 'node:net'
import { onTestFinished } from 'vitest'

interface Writing {
  _write(...args: unknown[]): void
  _writev(...args: unknown[]): void
}

export interface Writes {
  /** Calls in which bytes were handed to the system. */
  readonly count: number
  /** Buffers that these were. */
  readonly pieces: number
}

/** Counts what some of this process' sockets hand to the system; until the end of the test. */
export function countWrites(isMeant: (socket: Socket) => boolean): Writes {
  const prototype = Socket.prototype as unknown as Writing
  const counter = { count: 0, pieces: 0 }
  for (const name of ['_write', '_writev'] as const) {
    const original = prototype[name]
    prototype[name] = function countOne(this: Socket, ...args: unknown[]) {
      if (isMeant(this)) {
        counter.count++
        counter.pieces += name === '_writev' ? (args[0] as readonly unknown[]).length : 1
      }
      return Reflect.apply(original, this, args)
    }
    onTestFinished(() => {
      prototype[name] = original
    })
  }
  return counter
}
