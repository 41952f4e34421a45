import { expect, onTestFinished, test } from 'vitest'
import { openPool } from '../../src/database/pool.ts'
import { type Signal, signalChannel } from '../../src/domain/signal-bus.ts'
import { carryByNotify } from '../../src/signals/carry-by-notify.ts'
import { HubBus, type HubBusOptions } from '../../src/signals/hub-bus.ts'
import { adminOptions, openTestCapture } from '../support/capture-fixture.ts'
import { openClient } from '../support/open-client.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const database = await createTestDatabase()

function signal(data: unknown, changes: Partial<Signal> = {}): Signal {
  return {
    eventId: 'e',
    eventType: 'TYPING',
    data: JSON.stringify(data),
    room: null,
    origin: 'desk',
    connectionId: 'c',
    at: '2026-01-01T00:00:00.000Z',
    ...changes,
  }
}

/** A bus of one hub; `heard` is what came to that hub, as data. Without `listening` it only sends. */
async function openBus(hubId: string, options: Partial<HubBusOptions> & { url?: string } = {}) {
  const { url = database.url, ...rest } = options
  const pool = openPool(adminOptions(url), 1)
  const heard: unknown[] = []
  const bus = new HubBus({
    hubId,
    carry: carryByNotify(pool),
    hasPeers: () => true,
    onHub: () => {},
    onError: () => {},
    now: () => performance.now(),
    ...rest,
  })
  bus.subscribe(({ data }) => heard.push(JSON.parse(data)))
  onTestFinished(async () => {
    await bus.close()
    await pool.close()
  })
  return { bus, heard }
}

/** Hands a bus what is notified. Resolves when LISTEN works. */
async function listen({ bus }: { bus: HubBus }, doorbell = true): Promise<void> {
  let hears = false
  await openTestCapture(database.url, {
    doorbell,
    channels: [signalChannel, 'probe'],
    onNotification: (channel, payload) => {
      if (channel === 'probe') hears = true
      else bus.receive(payload)
    },
  })
  await waitFor(async () => {
    await database.query('NOTIFY probe')
    return hears
  })
}

test.each([true, false])(
  'signals of one hub reach the others in their order, of any length (doorbell: %s)',
  async doorbell => {
    const [a, b] = [await openBus('a'), await openBus('b')]
    await Promise.all([a, b].map(hub => listen(hub, doorbell)))
    const sent = Array.from({ length: 300 }, (_, n) => ({ n, text: '🚌'.repeat(n % 50 === 0 ? 20_000 : 3) }))
    for (const data of sent) await a.bus.publish(signal(data))
    // Its own hub had them at once, and does not hear them again.
    expect(a.heard).toEqual(sent)
    await waitFor(() => b.heard.length >= sent.length)
    expect(b.heard).toEqual(sent)
    await b.bus.publish(signal('back'))
    await waitFor(() => a.heard.length > sent.length)
    expect(a.heard.slice(sent.length)).toEqual(['back'])
    expect(a.bus.counters).toMatchObject({ sent: 300, received: 1, dropped: 0, lost: 0, junk: 0 })
  },
)

test('its own hub gets a signal at once though the database is away, and what waits is bounded', async () => {
  const { bus, heard } = await openBus('a', { url: 'postgres://nobody@127.0.0.1:1/none' })
  for (let n = 0; n < 5_000; n++) await bus.publish(signal(n))
  expect(heard).toHaveLength(5_000)
  // A thousand wait and a batch is on its way: the oldest were dropped.
  expect(bus.counters.dropped).toBeGreaterThan(3_800)
  expect(bus.counters.sent).toBe(0)
})

test('a message too long for the bus stays at its hub, and is counted', async () => {
  const { bus, heard } = await openBus('a')
  await bus.publish(signal('x'.repeat(2_000_000)))
  expect(heard).toHaveLength(1)
  expect(bus.counters).toMatchObject({ sent: 0, dropped: 1 })
})

test('nothing is notified while no other hub is there', async () => {
  const { bus, heard } = await openBus('a', { hasPeers: () => false })
  const client = await openClient(database.url)
  let notified = 0
  client.on('notification', () => notified++)
  await client.query(`LISTEN ${signalChannel}`)
  await bus.publish(signal(1))
  expect(bus.tell({ word: 'beat', number: 1 })).toBe(true)
  bus.farewell()
  // The listener may hear of it before the bus knows that it has been sent.
  await waitFor(() => notified > 0 && bus.counters.sent > 0)
  expect({ notified, sent: bus.counters.sent, heard }).toEqual({ notified: 1, sent: 1, heard: [1] })
})

test('10,000 notifications a second, junk or well-formed, do the hub no harm', async () => {
  const hub = await openBus('a')
  await listen(hub)
  const vandal = await openClient(database.url)
  const forged = JSON.stringify({ kind: 'signal', signal: signal('forged') })
  for (let round = 0; round < 10; round++) {
    await vandal.query(
      `SELECT pg_notify($1, chr(7) || 'junk' || i), pg_notify($1, '1 vandal ' || i || ' 1/1 ' || $2)
       FROM generate_series(1, 1000) i`,
      [signalChannel, forged],
    )
  }
  const { bus } = hub
  await waitFor(() => bus.counters.junk >= 10_000)
  const { received, throttled } = bus.counters
  expect(received + throttled).toBe(10_000)
  // At most so many a second; the rest is dropped and counted.
  expect(throttled).toBeGreaterThan(0)
  await waitFor(async () => {
    await database.query('SELECT pg_notify($1, $2)', [
      signalChannel,
      `1 b 1 1/1 ${forged.replace('forged', 'real')}`,
    ])
    return hub.heard.includes('real')
  })
})

test('a receiver that fails is reported, and the next signal arrives', async () => {
  const errors: unknown[] = []
  const { bus, heard } = await openBus('a', { onError: error => errors.push(error) })
  let fails = true
  bus.subscribe(() => {
    if (fails) throw new Error('receiver')
  })
  bus.receive(`1 b 1 1/1 ${JSON.stringify({ kind: 'signal', signal: signal(1) })}`)
  await waitFor(() => errors.length === 1)
  fails = false
  bus.receive(`1 b 2 1/1 ${JSON.stringify({ kind: 'signal', signal: signal(2) })}`)
  expect(heard).toEqual([1, 2])
})
