import { beforeEach, onTestFinished } from 'vitest'
import { waitFor } from './wait-for.ts'

/**
 * Fails a test that leaves a socket, server, timer or child process open: such a thing would end up in the next
 * test's result, and in production in a daemon that does not stop. Resources that do not keep the process alive
 * (`unref`) do not count.
 *
 * Not counted, because they come and go with vitest or with Node itself:
 * - `PipeWrap`, `TTYWrap`, `MessagePort`: the runner's channel to this worker and the console;
 * - `Immediate`, `FSReqCallback`, `FSReqPromise`, `GetAddrInfoReqWrap`, `TCPConnectWrap`, `WriteWrap`,
 *   `ShutdownWrap`: single operations on their way, which end by themselves.
 */
const counted = ['TCPSocketWrap', 'TCPServerWrap', 'Timeout', 'ProcessWrap', 'UDPWrap', 'SignalWrap'] as const

type Resource = (typeof counted)[number]

/** What closes politely needs some turns of the event loop; what is still open after this is a leak, ms. */
const defaultSettleMs = 1_000

const shared: { readonly resource: Resource; readonly count: () => number }[] = []

/**
 * Declares something that is meant to stay open from test to test, such as the pool of a test file.
 *
 * @param count how many of the resource it holds at this moment
 */
export function excludeFromLeakCheck(resource: Resource, count: () => number): void {
  shared.push({ resource, count })
}

/**
 * Remembers what is open now.
 *
 * @param settleMs how long to wait for what is closing politely, ms
 * @returns a check that throws when more is open than was
 */
export function watchForLeaks(settleMs = defaultSettleMs): () => Promise<void> {
  const before = countResources()
  return async () => {
    await waitFor(() => describeLeaks(before) === '', {
      timeoutMs: settleMs,
      message: () => `the test had closed what it opened; still open: ${describeLeaks(before)}`,
    })
  }
}

// Registered first, hence run last: after the clean-up of the test itself.
beforeEach(() => onTestFinished(watchForLeaks()))

type Counts = Readonly<Record<Resource, number>>

function countResources(): Counts {
  const active = process.getActiveResourcesInfo()
  const count = (resource: Resource) =>
    active.filter(name => name === resource).length -
    shared.filter(entry => entry.resource === resource).reduce((sum, entry) => sum + entry.count(), 0)
  return Object.fromEntries(counted.map(resource => [resource, count(resource)])) as Counts
}

function describeLeaks(before: Counts): string {
  const now = countResources()
  return counted
    .filter(resource => now[resource] > before[resource])
    .map(resource => `${now[resource] - before[resource]} ${resource}`)
    .join(', ')
}
