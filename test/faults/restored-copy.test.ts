import { expect, test } from 'vitest'
import type { EmbeddedServer, StopMode } from '../../src/demo/embedded-server.ts'
import { runAdminSql } from '../support/admin-sql.ts'
import { openTestDaemon, type TestDaemon } from '../support/daemon-fixture.ts'
import { copyData } from '../support/data-copy.ts'
import { openClient } from '../support/open-client.ts'
import type { RawClient } from '../support/raw-client.ts'
import { startServer } from '../support/start-server.ts'
import { waitFor } from '../support/wait-for.ts'

const yaml = 'tables: { item: {} }'

/** A server with a captured table. */
async function startShop(): Promise<EmbeddedServer> {
  const server = await startServer()
  await runAdminSql(server.url(), [
    'CREATE TABLE item (id int PRIMARY KEY)',
    `SELECT rtbridge.capture_table('item', '{id}')`,
  ])
  return server
}

const insert = (server: EmbeddedServer, from: number, to = from) =>
  runAdminSql(
    server.url(),
    Array.from({ length: to - from + 1 }, (_, i) => `INSERT INTO item VALUES (${from + i})`),
  )

const idsOf = (client: RawClient) =>
  client.messages.filter(({ data }) => data['table'] === 'item').map(({ data }) => Number(data['id']))

/** A client that registers now: the position it is given is one that has seen the rows so far. */
async function positionAfter(hub: TestDaemon, watcher: RawClient, id: number): Promise<string> {
  await waitFor(() => idsOf(watcher).includes(id))
  const client = await hub.register()
  return String(client.registered['cursor'])
}

test('a copy of the stopped server put back: who saw what came after it is told, even when as many transactions have passed again', async () => {
  const server = await startShop()
  const hub = await openTestDaemon(server.url(), yaml)
  const watcher = await hub.register()
  await insert(server, 1)
  const seenByCopy = await positionAfter(hub, watcher, 1)
  await server.stop()
  const copy = await copyData(server)
  await server.start()
  await insert(server, 2, 4)
  const undone = await positionAfter(hub, watcher, 4)

  await copy.putBack()
  // More transactions than the lost past had: their ids are given out a second time.
  await insert(server, 11, 40)
  const gap = await watcher.next('gap')
  expect(gap.data).toMatchObject({ reason: 'incarnation', action: 'reload' })
  await insert(server, 41)
  await waitFor(() => idsOf(watcher).includes(41))

  for (const there of [hub, await openTestDaemon(server.url(), yaml)]) {
    const returned = await there.register({ resume: undone })
    expect((await returned.next('gap')).data).toMatchObject({ reason: 'incarnation' })
    const earlier = await there.register({ resume: seenByCopy })
    expect(earlier.registered['resumed']).toBe('resumed')
    await waitFor(() => idsOf(earlier).includes(41))
    expect(idsOf(earlier)).toEqual(Array.from({ length: 31 }, (_, i) => 11 + i))
  }
})

test('a copy of the running disk put back: what was seen after it is of a time that ended there', async () => {
  const server = await startShop()
  const before = await openTestDaemon(server.url(), yaml)
  const watcher = await before.register()
  await insert(server, 1)
  const seenByCopy = await positionAfter(before, watcher, 1)
  await before.daemon.close()
  // A crash stands for the moment of a snapshot of the disk: both leave what a recovery begins with.
  await server.kill()
  const copy = await copyData(server)
  await server.start()
  // After a snapshot the same run of the server goes on.
  await runAdminSql(server.url(), ['UPDATE rtbridge.server_run SET started_at = pg_postmaster_start_time()'])
  const after = await openTestDaemon(server.url(), yaml)
  const late = await after.register({ resume: seenByCopy })
  await insert(server, 2, 4)
  const undone = await positionAfter(after, late, 4)
  expect((await readRow(server, 'SELECT count(*)::int AS runs FROM rtbridge.server_run'))['runs']).toBe(1)
  await after.daemon.close()

  await copy.putBack()
  await insert(server, 11, 40)
  const there = await openTestDaemon(server.url(), yaml)
  const returned = await there.register({ resume: undone })
  expect((await returned.next('gap')).data).toMatchObject({ reason: 'incarnation' })
  const earlier = await there.register({ resume: seenByCopy })
  expect(earlier.registered['resumed']).toBe('resumed')
  await waitFor(() => idsOf(earlier).includes(40))
  expect(idsOf(earlier)).toEqual(Array.from({ length: 30 }, (_, i) => 11 + i))
})

test('a server put back in time without a new start is noticed by the hub that saw the later one', async () => {
  const server = await startShop()
  await runAdminSql(server.url(), [`CREATE ROLE desk SUPERUSER LOGIN PASSWORD 'desk'`])
  const url = new URL(server.url())
  ;[url.username, url.password] = ['desk', 'desk']
  const hub = await openTestDaemon(url.href, yaml)
  const watcher = await hub.register()
  await insert(server, 1)
  await waitFor(() => idsOf(watcher).includes(1))
  await runAdminSql(server.url(), ['ALTER ROLE desk NOLOGIN'])
  await server.stop()
  const copy = await copyData(server)
  await server.start()
  await runAdminSql(server.url(), ['ALTER ROLE desk LOGIN'])
  await insert(server, 2, 20)
  const undone = await positionAfter(hub, watcher, 20)
  const run = await readRow(
    server,
    `SELECT id, from_xid FROM rtbridge.server_run ORDER BY place DESC LIMIT 1`,
  )

  // As if memory had been put back with the disk: the run is known and goes on.
  await copy.putBack()
  await runAdminSql(server.url(), [
    `INSERT INTO rtbridge.server_run (id, started_at, from_xid)
     VALUES ('${run['id']}', pg_postmaster_start_time(), '${run['from_xid']}')`,
    'ALTER ROLE desk LOGIN',
  ])
  expect((await watcher.next('gap')).data).toMatchObject({ reason: 'future' })
  await insert(server, 11, 60)
  await waitFor(() => idsOf(watcher).includes(60))
  const returned = await hub.register({ resume: undone })
  expect((await returned.next('gap')).data).toMatchObject({ reason: 'incarnation' })
})

test.each<StopMode | 'kill'>(['fast', 'immediate', 'kill'])(
  'a server that was merely restarted (%s) goes on for every cursor, at every hub, with the same event ids',
  async how => {
    const server = await startShop()
    const hub = await openTestDaemon(server.url(), yaml)
    const watcher = await hub.register()
    const start = watcher.registered['cursor']
    await insert(server, 1, 3)
    const [first] = [await watcher.next(({ data }) => data['id'] === '1')]
    for (let round = 0; round < 2; round++) {
      if (how === 'kill') await server.kill()
      else await server.stop(how)
      await server.start()
    }
    await insert(server, 4)
    await waitFor(() => idsOf(watcher).includes(4))
    for (const there of [hub, await openTestDaemon(server.url(), yaml)]) {
      const returned = await there.register({ resume: start })
      expect(returned.registered['resumed']).toBe('resumed')
      await waitFor(() => idsOf(returned).includes(4))
      expect(idsOf(returned)).toEqual([1, 2, 3, 4])
      const again = returned.messages.find(({ data }) => data['id'] === '1')
      expect(again?.data['event_id']).toBe(first.data['event_id'])
    }
    expect(watcher.messages.filter(({ message_type: type }) => type === 'gap')).toEqual([])
  },
)

async function readRow(server: EmbeddedServer, sql: string): Promise<Record<string, unknown>> {
  const { rows } = await (await openClient(server.url())).query(sql)
  return rows[0] as Record<string, unknown>
}
