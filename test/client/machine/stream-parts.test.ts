import { describe, expect, onTestFinished, test } from 'vitest'
import type { StreamAnswer, StreamPart } from '../../../src/client/machine/stream-part.ts'
import type { HubMessageData, RealtimeEventData, SubscribeData } from '../../../src/protocol/messages.ts'
import { checkpointAt, eventOf } from '../../hub/memory-history.ts'
import { openTestHub } from '../../hub/open-test-hub.ts'
import { openCoreClient } from '../../support/open-core-client.ts'
import { openFrontDoor, openTestServer } from '../../support/open-test-server.ts'
import { openTcpFaultProxy } from '../../support/tcp-fault-proxy.ts'
import { waitFor } from '../../support/wait-for.ts'

/** Something with state, which writes down what it is told. */
class RecordingPart implements StreamPart {
  readonly id: string
  readonly #log: string[]
  readonly #more: Partial<SubscribeData>
  isSettled = false
  isThrowing = false

  constructor(id: string, log: string[], more: Partial<SubscribeData> = {}) {
    this.id = id
    this.#log = log
    this.#more = more
  }

  request(resuming: boolean): SubscribeData {
    if (!resuming) this.isSettled = false
    this.#log.push(`${this.id} request ${resuming}`)
    return { id: this.id, tables: ['bookings'], ...this.#more }
  }

  receive({ type }: StreamAnswer): void {
    this.#log.push(`${this.id} ${type}`)
    if (type === 'subscribed') this.isSettled = true
  }

  refused({ code }: HubMessageData['error']): void {
    this.#log.push(`${this.id} ${code}`)
  }

  event(event: RealtimeEventData): void {
    this.#log.push(`${this.id} event ${event.event_id}`)
  }

  commit(): void {
    this.#log.push(`${this.id} commit`)
  }

  notify(): void {
    this.#log.push(`${this.id} notify`)
    if (this.isThrowing) throw new Error('a listener of a table')
  }

  lost(): void {
    this.#log.push(`${this.id} lost`)
  }

  end(): void {
    this.#log.push(`${this.id} end`)
  }
}

async function open() {
  const { hub, server } = await openTestServer()
  const proxy = await openTcpFaultProxy({ host: '127.0.0.1', port: server.port })
  const opened = openCoreClient({ url: `ws://127.0.0.1:${proxy.port}/` })
  const log: string[] = []
  const publish = (n: number) => hub.publish({ events: [eventOf(n, n)], cursor: checkpointAt(n) })
  return { ...opened, hub, proxy, log, publish }
}

describe('parts that keep state of the stream', () => {
  test('are all brought to a checkpoint before any tells of it, and before listeners hear of it', async () => {
    const { client, host, log, publish, errors } = await open()
    const parts = [new RecordingPart('a', log), new RecordingPart('b', log)]
    for (const part of parts) host.add(part)
    client.onCheckpoint(() => void log.push('checkpoint'))
    await waitFor(() => parts.every(({ isSettled }) => isSettled))
    log.length = 0
    for (const part of parts) part.isThrowing = true
    publish(1)
    await waitFor(() => log.includes('checkpoint'))
    expect(log).toEqual([
      'a event e1',
      'b event e1',
      'a commit',
      'b commit',
      'a notify',
      'b notify',
      'checkpoint',
    ])
    expect(errors).toHaveLength(2)
  })

  test('that are settled go on with the cursor after an absence, the others begin anew', async () => {
    const { host, log, publish, proxy, states } = await open()
    const [settled, loading] = [new RecordingPart('settled', log), new RecordingPart('loading', log)]
    host.add(settled)
    host.add(loading)
    await waitFor(() => settled.isSettled && loading.isSettled)
    loading.isSettled = false
    log.length = 0
    proxy.reset()
    await waitFor(() => states.includes('retrying RTB_CLIENT_CONNECTION_LOST'))
    publish(1)
    await waitFor(() => loading.isSettled && log.includes('settled event e1'))
    expect(log.filter(line => /request|lost/.test(line))).toEqual([
      'settled lost',
      'loading lost',
      'settled request true',
      'loading request false',
    ])
  })

  test('begin anew when the stream has a gap', async () => {
    const first = await openTestServer()
    // The journal of the other no longer reaches back to where the first one is.
    const later = openTestHub({ sizes: [0, 0, 0, 0, 0] })
    later.history.oldest = 3
    later.hub.start(checkpointAt(5))
    const door = await openFrontDoor(later.hub)
    onTestFinished(async () => {
      await later.hub.close()
      await door.close()
    })
    let { port } = first.server
    const { client, host, errors } = openCoreClient({ url: () => `ws://127.0.0.1:${port}/` })
    const log: string[] = []
    const part = new RecordingPart('a', log)
    host.add(part)
    await waitFor(() => part.isSettled)
    log.length = 0
    port = door.port
    await first.hub.close()
    await waitFor(() => part.isSettled && log.includes('a request false'))
    expect(log.filter(line => /request/.test(line)).at(-1)).toBe('a request false')
    expect(client.status.state).toBe('online')
    // Nobody listens to events, so nobody has to be told of the gap.
    expect(errors).toEqual([])
  })

  test('hear of what the hub refuses, and nothing any more once they are detached', async () => {
    const { host, log, publish } = await open()
    const wrong = new RecordingPart('wrong', log, { where: '(' })
    const left = new RecordingPart('left', log)
    host.add(wrong)
    host.add(left)
    await waitFor(() => log.includes('wrong RTB_SUBSCRIPTION_WHERE') && left.isSettled)
    host.remove(left)
    const stays = new RecordingPart('stays', log)
    host.add(stays)
    await waitFor(() => stays.isSettled)
    publish(1)
    await waitFor(() => log.includes('stays event e1'))
    expect(log).not.toContain('left event e1')
    host.renew(stays)
    await waitFor(() => log.filter(line => line === 'stays subscribed').length === 2)
  })
})

test('a message that cannot be read ends the connection instead of being left out', async () => {
  const { hub, server } = await openTestServer()
  let isBroken = true
  const { client, states } = openCoreClient({
    url: `ws://127.0.0.1:${server.port}/`,
    parse: text => {
      if (isBroken && text.includes('"e1"')) throw new Error('no such number')
      return JSON.parse(text)
    },
  })
  const heard: string[] = []
  await client.on('INSERT', event => void heard.push(event.event_id)).ready()
  hub.publish({ events: [eventOf(1, 1)], cursor: checkpointAt(1) })
  await waitFor(() => states.includes('retrying RTB_CLIENT_FRAME'))
  isBroken = false
  await waitFor(() => heard.length === 1)
})
