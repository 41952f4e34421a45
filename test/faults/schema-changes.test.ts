import { beforeEach, describe, expect, test } from 'vitest'
import { install, makePlan, openAdmin } from '../install/install-fixture.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { openClient } from '../support/open-client.ts'
import { RoamingDesk } from '../support/roaming-desk.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const database = await createTestDatabase()
const { url } = database
const choice = { 'item*': {}, 'trip*': {} }
const yaml = `
tables:
  item*:
    events:
      ITEM_BARE: { on: insert, when: "new.note == null" }
  trip*: {}
`

/** What the installer would still have to do, by table: how a person learns of it. */
async function differences(): Promise<string[]> {
  const plan = await makePlan(await openAdmin(url), choice)
  return plan.steps.map(step => {
    if (step.kind === 'migrate') return 'migrate'
    return `${step.kind === 'capture' ? step.target.name : step.table.name}: ${step.reason}`
  })
}

/** Sessions that run statements over and over, with a number of their own; an error of any fails the test. */
async function startWriters(statements: (id: number) => string) {
  const state = { written: [] as number[], stopped: false }
  const clients = await Promise.all([1, 2, 3].map(() => openClient(url)))
  const work = clients.map(async (client, writer) => {
    for (let id = (writer + 1) * 100_000; !state.stopped; id++) {
      await client.query(statements(id))
      state.written.push(id)
    }
  })
  // Looked at when it is stopped; until then a failure must not end the process.
  for (const writer of work) writer.catch(() => {})
  return {
    /** Several transactions of each were begun and ended since it was called. */
    async goOn(): Promise<void> {
      const before = state.written.length
      await waitFor(() => state.written.length > before + 12)
    },
    async stop(): Promise<readonly number[]> {
      state.stopped = true
      await Promise.all(work)
      return state.written
    },
  }
}

const tableEvents = (desk: RoamingDesk) => desk.events.filter(({ event_type: type }) => type !== 'ITEM_BARE')
const keys = (desk: RoamingDesk) =>
  tableEvents(desk)
    .map(({ event_type: type, data }) => `${type} ${data['id']}`)
    .sort()

describe('a table that is changed while it is written to', () => {
  beforeEach(async () => {
    await database.query(`
      DROP TABLE IF EXISTS item_now CASCADE;
      DROP TABLE IF EXISTS item, trip, trip_late;
      CREATE TABLE item (id int PRIMARY KEY, touched int NOT NULL DEFAULT 0, note text, price int);
      CREATE TABLE trip (id int, day int, PRIMARY KEY (id, day)) PARTITION BY LIST (day);
      CREATE TABLE trip_1 PARTITION OF trip FOR VALUES IN (1);
      CREATE TABLE trip_late (day int NOT NULL, id int NOT NULL, PRIMARY KEY (id, day));
    `)
    await install(url, { 'item*': {}, trip: {} })
  })

  test('loses no event and fails no write; a rule that its columns have left is shown, and the table events go on', async () => {
    const hub = await openTestDaemon(url, yaml)
    const desk = new RoamingDesk('desk', { batch: true })
    await desk.connect(hub.url)
    const writers = await startWriters(
      id => `INSERT INTO item (id) VALUES (${id}); UPDATE item SET touched = touched + 1 WHERE id = ${id}`,
    )
    await writers.goOn()
    expect(hub.daemon.status().rule_failures).toEqual([])
    for (const change of [
      'ADD extra text DEFAULT repeat($$x$$, 10)',
      'RENAME price TO cents',
      'ALTER touched TYPE bigint',
      'DROP extra',
      'DROP note',
      'DROP CONSTRAINT item_pkey',
    ]) {
      await database.query(`ALTER TABLE item ${change}`)
      await writers.goOn()
    }
    // As a migration without downtime does: the old name stays as a view.
    await database.query(`
      BEGIN; ALTER TABLE item RENAME TO item_now; CREATE VIEW item AS SELECT * FROM item_now; COMMIT`)
    await writers.goOn()
    const ids = await writers.stop()

    await waitFor(() => tableEvents(desk).length >= ids.length * 2)
    expect(keys(desk)).toEqual(ids.flatMap(id => [`INSERT ${id}`, `UPDATE ${id}`]).sort())
    expect(hub.daemon.status().rule_failures).toMatchObject([
      { table: 'item', eventType: 'ITEM_BARE', field: 'when' },
    ])
    expect(await differences()).toContain('item_now: the table was renamed')
    expect(desk.gaps).toEqual([])
  })

  test('and dropped and made anew is written to as before; what is no longer captured is found, and captured again', async () => {
    const hub = await openTestDaemon(url, yaml)
    const desk = new RoamingDesk('desk', { batch: true })
    await desk.connect(hub.url)
    const writers = await startWriters(id => `INSERT INTO item (id) VALUES (${id})`)
    await writers.goOn()
    await database.query('BEGIN; DROP TABLE item; CREATE TABLE item (id int PRIMARY KEY); COMMIT')
    await writers.goOn()
    expect(await differences()).toContain('item: the table was created anew')
    await install(url, choice)
    expect(await differences()).toEqual([])
    await waitFor(() => desk.gaps.length > 0)
    await writers.goOn()
    const last = (await writers.stop()).at(-1)
    await waitFor(() => keys(desk).includes(`INSERT ${last}`))
    expect(desk.gaps).toEqual(['capture'])
  })

  test('and gets and loses partitions is captured for as long as they belong to it', async () => {
    const hub = await openTestDaemon(url, yaml)
    const desk = new RoamingDesk('desk', { batch: true })
    await desk.connect(hub.url)
    const writers = await startWriters(id => `INSERT INTO trip VALUES (${id}, 1)`)
    for (let round = 1; round <= 5; round++) {
      await database.query(`INSERT INTO trip_late VALUES (2, ${round * 10})`)
      await database.query('ALTER TABLE trip ATTACH PARTITION trip_late FOR VALUES IN (2)')
      await database.query(`INSERT INTO trip VALUES (${round * 10 + 1}, 2)`)
      await writers.goOn()
      await database.query('ALTER TABLE trip DETACH PARTITION trip_late')
    }
    const ids = await writers.stop()
    const attached = [1, 2, 3, 4, 5].map(round => round * 10 + 1)
    await waitFor(() => desk.events.length >= ids.length + attached.length)
    expect(keys(desk)).toEqual([...ids, ...attached].map(id => `INSERT ${id}`).sort())
    expect(await differences()).toEqual(['trip_late: the table was created anew'])
  })
})
