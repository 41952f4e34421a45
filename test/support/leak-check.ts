import { setTimeout as pause } from 'node:timers/promises'
import { beforeEach, onTestFinished } from 'vitest'
import { originOf, readRunningTimers } from './running-timers.ts'

/**
 * Fails a test that leaves a socket, server, timer or child process open: such a thing would end up in the next
 * test's result, and in production in a daemon that does not stop. Resources that do not keep the process alive
 * (`unref`) do not count.
 *
 * Timers are told apart one by one, since the runner has some of its own. Not counted, because they come and go with
 * the runner or with Node itself:
 * - `PipeWrap`, `TTYWrap`, `MessagePort`: the runner's channel to this worker and the console;
 * - `Immediate`, `FSReqCallback`, `FSReqPromise`, `GetAddrInfoReqWrap`, `TCPConnectWrap`, `WriteWrap`,
 *   `ShutdownWrap`: single operations on their way, which end by themselves.
 */
const counted = ['TCPSocketWrap', 'TCPServerWrap', 'ProcessWrap', 'UDPWrap', 'SignalWrap'] as const

type Resource = (typeof counted)[number]

/** What closes politely needs some turns of the event loop; what is still open after this is a leak, ms. */
const defaultSettleMs = 1_000
const pollMs = 5

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
  const before = readOpen()
  return async () => {
    let leaks = describeLeaks(before)
    const deadline = performance.now() + settleMs
    while (leaks !== '' && performance.now() < deadline) {
      await pause(pollMs)
      leaks = describeLeaks(before)
    }
    if (leaks !== '') throw new Error(`the test left open: ${leaks}`)
  }
}

// Registered first, hence run last: after the clean-up of the test itself.
beforeEach(() => onTestFinished(watchForLeaks()))

interface Open {
  readonly counts: Readonly<Record<Resource, number>>
  readonly timers: ReadonlySet<NodeJS.Timeout>
}

function readOpen(): Open {
  const active = process.getActiveResourcesInfo()
  const count = (resource: Resource) =>
    active.filter(name => name === resource).length -
    shared.filter(entry => entry.resource === resource).reduce((sum, entry) => sum + entry.count(), 0)
  const counts = Object.fromEntries(counted.map(resource => [resource, count(resource)])) as Open['counts']
  return { counts, timers: new Set(readRunningTimers().map(({ timer }) => timer)) }
}

function describeLeaks(before: Open): string {
  const { counts } = readOpen()
  const resources = counted
    .filter(resource => counts[resource] > before.counts[resource])
    .map(resource => `${counts[resource] - before.counts[resource]} ${resource}`)
  const timers = readRunningTimers()
    .filter(({ timer }) => !before.timers.has(timer))
    .map(entry => `a timer made ${originOf(entry)}`)
  return [...resources, ...timers].join(', ')
}
