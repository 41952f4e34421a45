import { setTimeout as pause } from 'node:timers/promises'
import { inspect } from 'node:util'

/** How long to wait, and what to say when it was in vain. */
export interface WaitForOptions {
  /** Default 30,000 ms: it ends a wait in vain, and is no promise of speed. One that is, is given. */
  readonly timeoutMs?: number | undefined
  /** What was waited for; a function is called when the time is up. */
  readonly message?: string | (() => string)
  /** Pause between two looks, default 10 ms. */
  readonly intervalMs?: number
}

/** What a condition returns once it holds. */
export type Truthy<Value> = Exclude<Value, null | undefined | false | 0 | 0n | ''>

/**
 * Waits until a condition holds: until it returns something truthy. An error it throws counts as "not yet".
 *
 * @returns what the condition returned
 */
export async function waitFor<Value>(
  condition: () => Value | Promise<Value>,
  options: WaitForOptions = {},
): Promise<Truthy<Value>> {
  const { timeoutMs = 30_000, message = `it held: ${condition}`, intervalMs = 10 } = options
  const deadline = performance.now() + timeoutMs
  let last: unknown
  do {
    try {
      const value = await condition()
      if (value) return value as Truthy<Value>
      last = value
    } catch (error) {
      last = error
    }
    await pause(intervalMs)
  } while (performance.now() < deadline)
  const what = typeof message === 'string' ? message : message()
  const details = `last seen: ${inspect(last, { depth: 4, breakLength: 100 })}`
  throw new Error(`waited ${timeoutMs} ms in vain until ${what}\n${details}`, {
    cause: last instanceof Error ? last : undefined,
  })
}
