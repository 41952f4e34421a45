import { beforeEach, expect, test } from 'vitest'
import { install, uninstallAll } from '../install/install-fixture.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { connectRawClient } from '../support/raw-client.ts'
import { RoamingDesk } from '../support/roaming-desk.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const yaml = 'tables: { item: {}, other: {}, late: {} }\ncapture: { canary: 1h }'
const captured = { item: {}, other: {} }
const database = await createTestDatabase()
const { url } = database
await database.query('CREATE TABLE other (id int PRIMARY KEY); CREATE TABLE late (id int PRIMARY KEY)')
let nextId = 1

beforeEach(async () => {
  await database.query('DROP TABLE IF EXISTS item')
  await makeItems()
  await install(url, captured)
})

function makeItems(): Promise<unknown> {
  return database.query(`CREATE TABLE item (id int PRIMARY KEY, text text NOT NULL DEFAULT '', secret text)`)
}

async function write(table = 'item'): Promise<number> {
  await database.query(`INSERT INTO ${table} (id) VALUES ($1)`, [nextId])
  return nextId++
}

const ids = (desk: RoamingDesk) => desk.events.map(({ data }) => data['id'])

/** What a desk that stays and one that comes back are told when something is done to a captured table. */
async function tellsOf(
  whatIsDone: () => Promise<unknown>,
): Promise<[stays: RoamingDesk, returns: RoamingDesk]> {
  const hub = await openTestDaemon(url, yaml)
  const stays = new RoamingDesk('stays', { batch: true })
  const returns = new RoamingDesk('returns', { batch: true })
  await Promise.all([stays.connect(hub.url), returns.connect(hub.url)])
  const before = await write()
  await waitFor(() => [stays, returns].every(desk => ids(desk).includes(before) && desk.cursor !== null))
  returns.cut()
  await whatIsDone()
  const after = await write()
  await waitFor(() => ids(stays).includes(after) || stays.gaps.length > 0)
  await returns.connect(hub.url)
  await waitFor(() => ids(returns).includes(after) || returns.gaps.length > 0)
  const last = await write()
  await waitFor(() => [stays, returns].every(desk => ids(desk).includes(last)))
  return [stays, returns]
}

const lapses: Record<string, () => Promise<unknown>> = {
  'triggers that were taken away for a while': async () => {
    await uninstallAll(url, true)
    await write()
    await install(url, captured)
  },
  'a table that was left out of the configuration for a while': async () => {
    await install(url, { other: {} })
    await write()
    await install(url, captured)
  },
  'a trigger that was disabled': async () => {
    await database.query('ALTER TABLE item DISABLE TRIGGER USER')
    await write()
    await install(url, captured)
  },
  'a trigger that was dropped': async () => {
    await database.query('DROP TRIGGER "!rtbridge_insert" ON item')
    await write()
    await install(url, captured)
  },
  'a table that was dropped and made anew': async () => {
    await database.query('DROP TABLE item')
    await makeItems()
    await write()
    await install(url, captured)
  },
  'a table that was restored by itself, its triggers after its rows': async () => {
    const { rows } = await database.query(
      `SELECT string_agg(pg_get_triggerdef(oid), ';') AS triggers FROM pg_trigger WHERE tgrelid = 'item'::regclass`,
    )
    await database.query('DROP TABLE item')
    await makeItems()
    await write()
    await database.query(String(rows[0]?.['triggers']))
    await install(url, captured)
  },
  'rows that were loaded past the triggers, in the same transaction': () =>
    database.query(
      `BEGIN; SET LOCAL session_replication_role = replica; INSERT INTO item (id) VALUES (${nextId++});
       SELECT rtbridge.tell_gap(); COMMIT`,
    ),
}

test.for(Object.entries(lapses))(
  '%s: who is there and who comes back are told of the gap, once',
  async ([, lapse]) => {
    const desks = await tellsOf(lapse)
    expect(desks.map(({ gaps }) => gaps)).toEqual([['capture'], ['capture']])
  },
)

const seamless: Record<string, () => Promise<unknown>> = {
  'another list of excluded columns': () => install(url, { item: { exclude: ['secret'] }, other: {} }),
  'another primary key': async () => {
    await database.query('ALTER TABLE item DROP CONSTRAINT item_pkey, ADD PRIMARY KEY (id, text)')
    await install(url, captured)
  },
  'a table that is captured for the first time': () => install(url, { ...captured, late: {} }),
  'a table that is captured no more': () => install(url, { item: {} }),
  'an installation that finds nothing to do': () => install(url, captured),
}

test.for(Object.entries(seamless))(
  '%s: nobody is told of a gap, and nobody misses anything',
  async ([, change]) => {
    const written: number[] = []
    let isOver = false
    const [stays, returns] = await tellsOf(async () => {
      const writing = (async () => {
        while (!isOver) written.push(await write())
      })()
      await waitFor(() => written.length > 5)
      await change()
      const until = written.length + 5
      await waitFor(() => written.length > until)
      isOver = true
      await writing
    })
    expect([stays.gaps, returns.gaps]).toEqual([[], []])
    for (const desk of [stays, returns]) expect(ids(desk)).toEqual(expect.arrayContaining(written))
  },
)

test('a cursor of before and a page of the past say so, and one of after does not', async () => {
  const hub = await openTestDaemon(url, yaml)
  const before = await hub.register()
  await uninstallAll(url, true)
  await install(url, captured)
  const { data } = await before.next('gap')
  const old = await hub.register({ resume: before.registered['cursor'] })
  expect(old.registered['resumed']).toBe('gap')
  const anew = await hub.register({ resume: data['cursor'] })
  expect(anew.registered['resumed']).toBe('resumed')
  const page = `http://127.0.0.1:${hub.daemon.port}/api/events?cursor=${before.registered['cursor']}`
  const answer = await fetch(page)
  expect([answer.status, ((await answer.json()) as { reason: string }).reason]).toEqual([410, 'capture'])
})

test('a hub that sleeps is woken to say so', async () => {
  const hub = await openTestDaemon(url, `${yaml.replace('canary: 1h', 'canary: 1h, safety_read: 1m')}`)
  const client = await connectRawClient(hub.url)
  client.send('register', { app_name: 'test' })
  await client.next('registered')
  await waitFor(() => hub.daemon.status().database.sentinel)
  await database.query('SELECT rtbridge.tell_gap()')
  expect((await client.next('gap')).data).toMatchObject({ reason: 'capture', action: 'reload' })
})

test('a gap of a history that is over is told to nobody', async () => {
  await database.query(`UPDATE rtbridge.installation SET system_identifier = '1'`)
  await database.query('SELECT rtbridge.tell_gap()')
  const hub = await openTestDaemon(url, yaml)
  const client = await hub.register()
  const { rows } = await database.query('SELECT whole_since_xid::text AS xid FROM rtbridge.installation')
  expect(rows).toEqual([{ xid: '0' }])
  const again = await hub.register({ resume: client.registered['cursor'] })
  expect(again.registered['resumed']).toBe('resumed')
})
