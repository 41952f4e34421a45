import { expect, onTestFinished, test } from 'vitest'
import { openTestDaemon, type TestDaemon } from '../support/daemon-fixture.ts'
import { RoamingDesk } from '../support/roaming-desk.ts'
import { type Scrape, scrape } from '../support/scrape.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

const yaml = `
tables:
  item:
    exclude: [pin]
    events:
      BIG: { on: insert, when: "new.id > 1000000" }
      BROKEN: { on: insert, when: 'new.text == "break" && int(new.text) == 1' }
hub: { queue: 64KiB, tail: 64KiB, stalled_after: 60s }
rooms: { default: allow, patterns: { "secret_{what}": { roles: [boss] } } }
`
const database = await createTestDatabase()
await database.query('CREATE TABLE item (id int PRIMARY KEY, text text, pin text)')
await installTables(database, yaml)

const read = ({ daemon }: TestDaemon): Promise<Scrape> => scrape(daemon.port)

/** Waits until a metric has reached a value. */
async function reaches(hub: TestDaemon, value: number, name: string, labels = {}): Promise<void> {
  let last = Number.NaN
  const message = () => `${name} ${JSON.stringify(labels)} is ${value}; it is ${last}`
  await waitFor(
    async () => {
      last = (await read(hub)).sum(name, labels)
      return last === value
    },
    { message },
  )
}

test('names end in their unit, counters in _total, and nothing else does', async () => {
  const hub = await openTestDaemon(database.url, yaml)
  const { types, contentType } = await read(hub)
  expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/)
  expect(types.size).toBeGreaterThan(80)
  for (const [name, type] of types) {
    expect(name).toMatch(/^rtbridge_[a-z][a-z0-9]*(_[a-z0-9]+)*$/)
    expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter'])
    expect(name, 'base units only').not.toMatch(/_(ms|milliseconds|minutes|kb|kib|mb|percent)(_|$)/)
    if (type === 'histogram') expect(name).toMatch(/_(seconds|bytes)$/)
  }
})

test('changes and events are counted by table and type, and the time from commit to send is taken', async () => {
  const hub = await openTestDaemon(database.url, yaml)
  const client = await hub.register()
  await database.query(`INSERT INTO item VALUES (1000001, 'a'), (1, 'b')`)
  await client.next('checkpoint')
  await database.query(`UPDATE item SET text = 'c' WHERE id = 1`)
  await client.next(message => message.data['op'] === 'UPDATE')
  await database.query(`SELECT rtbridge.publish('NEWS', '{}')`)
  await client.next(message => message.data['event_type'] === 'NEWS')
  await client.next('checkpoint')
  const now = await read(hub)
  expect(now.samples.filter(({ name }) => /_(changes|events)_total$/.test(name))).toEqual([
    { name: 'rtbridge_changes_total', labels: { table: 'item', op: 'INSERT' }, value: 2 },
    { name: 'rtbridge_changes_total', labels: { table: 'item', op: 'UPDATE' }, value: 1 },
    { name: 'rtbridge_changes_total', labels: { table: '', op: 'PUBLISH' }, value: 1 },
    { name: 'rtbridge_events_total', labels: { table: 'item', event_type: 'INSERT' }, value: 2 },
    { name: 'rtbridge_events_total', labels: { table: 'item', event_type: 'BIG' }, value: 1 },
    { name: 'rtbridge_events_total', labels: { table: 'item', event_type: 'UPDATE' }, value: 1 },
    { name: 'rtbridge_events_total', labels: { table: '', event_type: 'other' }, value: 1 },
  ])
  expect(now.sum('rtbridge_commit_to_send_seconds_count')).toBe(3)
  expect(now.sum('rtbridge_commit_to_send_seconds_sum')).toBeGreaterThan(0)
  expect(now.sum('rtbridge_delivered_total')).toBe(5)
  // Health counts the same changes with the same counters.
  expect(hub.daemon.status().traffic.changes.reduce((sum, { count }) => sum + count, 0)).toBe(4)
})

test('without anybody to send to nothing was sent late', async () => {
  const hub = await openTestDaemon(database.url, yaml)
  await hub.daemon.live
  await database.query(`INSERT INTO item VALUES (2, 'x')`)
  await reaches(hub, 1, 'rtbridge_changes_total', { op: 'INSERT' })
  expect((await read(hub)).sum('rtbridge_commit_to_send_seconds_count')).toBe(0)
})

test('a transaction is not late because it was long', async () => {
  const hub = await openTestDaemon(database.url, yaml)
  const client = await hub.register()
  const { clock_timestamp: start } = (await database.query('SELECT clock_timestamp()')).rows[0] ?? {}
  await database.query(`
    DO $$ BEGIN
      INSERT INTO item VALUES (3, 'first');
      PERFORM pg_sleep(1.2);
      INSERT INTO item VALUES (4, 'last');
    END $$`)
  await client.next(message => Number(message.data['id']) === 4)
  await client.next('checkpoint')
  expect(start).toBeDefined()
  const now = await read(hub)
  expect(now.sum('rtbridge_commit_to_send_seconds_count')).toBe(1)
  expect(now.sum('rtbridge_commit_to_send_seconds_bucket', { le: '1' })).toBe(1)
})

test('a rule that fails, a gap, a resume and a denial are counted with their reasons', async () => {
  const hub = await openTestDaemon(database.url, yaml)
  const client = await hub.register()
  await database.query(`INSERT INTO item VALUES (5, 'break')`)
  await client.next('realtime_event')
  await client.next('checkpoint')
  const lost = await hub.register({ resume: 'nonsense' })
  await lost.next('gap')
  await hub.register({ resume: client.registered['cursor'] })
  client.send('join', { room: 'secret_plans' })
  await client.next('error')
  const wrong = await fetch(`http://127.0.0.1:${hub.daemon.port}/livez`, {
    headers: { origin: 'http://evil.example' },
  })
  expect(wrong.status).toBe(403)

  const now = await read(hub)
  const rule = { table: 'item', event_type: 'BROKEN', field: 'when' }
  // The resume mapped the change once more.
  expect(now.sum('rtbridge_rule_errors_total', rule)).toBeGreaterThanOrEqual(1)
  expect(now.sum('rtbridge_gaps_total', { reason: 'unreadable' })).toBe(1)
  expect(now.sum('rtbridge_gaps_total')).toBe(1)
  expect(now.sum('rtbridge_registrations_total', { outcome: 'gap' })).toBe(1)
  expect(now.sum('rtbridge_registrations_total', { outcome: 'resumed' })).toBe(1)
  expect(now.sum('rtbridge_registrations_total', { outcome: 'fresh' })).toBe(1)
  expect(now.sum('rtbridge_denials_total', { action: 'denied', code: 'RTB_ROOM_DENIED' })).toBe(1)
  expect(now.sum('rtbridge_refused_total', { code: 'RTB_ORIGIN_DENIED' })).toBe(1)
  expect(now.sum('rtbridge_client_errors_total')).toBe(1)
})

test('a denial is counted where no audit log is kept, too', async () => {
  const hub = await openTestDaemon(database.url, `${yaml}\nlog: { audit: off }`)
  const client = await hub.register()
  client.send('join', { room: 'secret_plans' })
  await client.next('error')
  expect((await read(hub)).sum('rtbridge_denials_total', { action: 'denied' })).toBe(1)
})

test('a client that is too slow shows in the clients behind, and what waits for it in the queue', async () => {
  const hub = await openTestDaemon(database.url, yaml)
  const stuck = new RoamingDesk('stuck', { batch: true })
  await stuck.connect(hub.url)
  stuck.pause()
  onTestFinished(async () => {
    await database.query('DELETE FROM item WHERE id BETWEEN 100 AND 20000')
  })
  for (let round = 0; round < 30; round++) {
    const from = 100 + round * 500
    await database.query(
      `INSERT INTO item SELECT i, repeat('x', 1000) FROM generate_series(${from}, ${from + 499}) i`,
    )
  }
  await reaches(hub, 15_000, 'rtbridge_changes_total', { op: 'INSERT' })
  const now = await read(hub)
  expect(now.sum('rtbridge_clients_fell_behind_total')).toBeGreaterThan(0)
  expect(now.sum('rtbridge_clients_behind') + now.sum('rtbridge_clients_catching_up')).toBe(1)
  expect(now.sum('rtbridge_queue_bytes')).toBeGreaterThan(0)
  stuck.resume()
  await reaches(hub, 0, 'rtbridge_queue_bytes')
})

test('values of rows, names of clients, their users, rooms and addresses are in no metric', async () => {
  const hub = await openTestDaemon(database.url, yaml)
  const client = await hub.register({ app_name: 'APP-CANARY', client_id: 'CLIENT-CANARY' })
  client.send('join', { room: 'ROOM-CANARY' })
  await client.next('joined')
  client.send('custom_event', { event_type: 'SIGNAL-CANARY', data: 'x' })
  client.send('custom_event', { event_type: 'EVENT-CANARY', data: { a: 'x' }, durable: true })
  await database.query(`INSERT INTO item VALUES (6, 'break', 'PIN-CANARY'), (7, 'TEXT-CANARY', '')`)
  await client.next(message => message.data['id'] === '7')
  client.send('TYPE-CANARY')
  await client.next('error')
  await reaches(hub, 3, 'rtbridge_changes_total')
  const { text, samples } = await read(hub)
  expect(text).not.toContain('CANARY')
  expect(text).not.toContain('127.0.0.1')
  const labels = new Set(samples.flatMap(sample => Object.keys(sample.labels)))
  expect([...labels].filter(each => /client|user|row|id|key|address|room|connection/.test(each))).toEqual([])
})

test('10,000 names of custom events are one series', async () => {
  const hub = await openTestDaemon(database.url, yaml)
  await hub.daemon.live
  const before = (await read(hub)).samples.length
  await database.query(`SELECT rtbridge.publish('CUSTOM_' || i, '{}') FROM generate_series(1, 10000) i`)
  await reaches(hub, 10_000, 'rtbridge_events_total', { table: '', event_type: 'other' })
  // The two counts, and at most the one or other resource or kind of garbage collection of the process.
  expect((await read(hub)).samples.length - before).toBeLessThan(60)
  expect((await read(hub)).text).not.toContain('CUSTOM_')
})

test('the doorbell and the reads are counted: notifications for each change can be told', async () => {
  const hub = await openTestDaemon(database.url, `${yaml}\ncapture: { canary: 100ms, safety_read: 100ms }`)
  const client = await hub.register()
  await waitFor(async () => (await read(hub)).sum('rtbridge_doorbell_heard_total') > 2)
  await database.query(`INSERT INTO item VALUES (8, 'x')`)
  await client.next('realtime_event')
  const now = await read(hub)
  expect(now.sum('rtbridge_doorbell')).toBe(1)
  expect(now.sum('rtbridge_doorbell_sentinel')).toBe(1)
  expect(now.sum('rtbridge_journal_reads_total')).toBeGreaterThan(
    now.sum('rtbridge_journal_empty_reads_total'),
  )
  expect(now.sum('rtbridge_canary_round_trip_seconds')).toBeGreaterThan(0)
  // One machine has one clock.
  expect(now.sum('rtbridge_database_clock_offset_seconds')).toBe(0)
  await waitFor(async () => (await read(hub)).sum('rtbridge_journal_lag_seconds') === 0)
})

test('while the canary does not come round the hub is not live and not ready, but alive', async () => {
  const quick = `${yaml}\ncapture: { canary: 150ms, canary_timeout: 1500ms, safety_read: 100ms }`
  const hub = await openTestDaemon(database.url, quick)
  const ask = async (path: string) => (await fetch(`http://127.0.0.1:${hub.daemon.port}${path}`)).status
  await waitFor(() => hub.daemon.status().canary.age_ms !== null)
  expect([await ask('/livez'), await ask('/readyz')]).toEqual([200, 200])
  onTestFinished(async () => {
    await database.query('ALTER TABLE rtbridge.canary ENABLE TRIGGER ALL')
  })
  await database.query('ALTER TABLE rtbridge.canary DISABLE TRIGGER ALL')
  await waitFor(async () => (await ask('/readyz')) === 503)
  expect(await ask('/livez')).toBe(200)
  const stale = await read(hub)
  expect(stale.sum('rtbridge_live')).toBe(0)
  expect(stale.sum('rtbridge_stale_seconds')).toBeGreaterThan(0)
  expect(stale.sum('rtbridge_problem', { code: 'RTB_CANARY_MISSING' })).toBe(1)
  expect(stale.sum('rtbridge_canary_age_seconds')).toBeGreaterThan(0.5)
  await database.query('ALTER TABLE rtbridge.canary ENABLE TRIGGER ALL')
  await waitFor(async () => (await ask('/readyz')) === 200)
  expect((await read(hub)).sum('rtbridge_live')).toBe(1)
})

test('a database that goes and comes back is a failure and a reconnect', async () => {
  const hub = await openTestDaemon(database.url, yaml)
  await hub.daemon.live
  expect((await read(hub)).sum('rtbridge_database_reconnects_total')).toBe(0)
  await database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'rtbridge%reader%'`,
  )
  await reaches(hub, 1, 'rtbridge_database_reconnects_total')
  const now = await read(hub)
  expect(now.sum('rtbridge_database_failures_total')).toBeGreaterThanOrEqual(1)
  expect(now.sum('rtbridge_database_connected')).toBe(1)
})
