import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import type { EmbeddedServer } from '../../src/demo/embedded-server.ts'
import { install } from '../install/install-fixture.ts'
import { runAdminSql, withDatabase } from '../support/admin-sql.ts'
import { openTestDaemon, type TestDaemon } from '../support/daemon-fixture.ts'
import { findPostgresTool } from '../support/postgres-tools.ts'
import { RoamingDesk } from '../support/roaming-desk.ts'
import { startServer } from '../support/start-server.ts'
import { waitFor } from '../support/wait-for.ts'

const major = 15
const yaml = 'tables: { item: {} }'
const [dump, restore, baseBackup] = await Promise.all(
  ['pg_dump', 'pg_restore', 'pg_basebackup'].map(name => findPostgresTool(name, major)),
)

/** A server with a captured table. */
async function startShop(settings: Readonly<Record<string, string>> = {}): Promise<EmbeddedServer> {
  const server = await startServer({ major, settings: { fsync: 'off', ...settings } })
  await runAdminSql(server.url(), ['CREATE TABLE item (id int PRIMARY KEY)'])
  await install(server.url(), { item: {} })
  return server
}

/** A folder that any user may write to; removed after the test. */
async function openFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rtbridge-backup-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o777)
  return folder
}

const insert = (url: string, ...ids: number[]) =>
  runAdminSql(
    url,
    ids.map(id => `INSERT INTO item VALUES (${id})`),
  )
const idsOf = (desk: RoamingDesk) => desk.events.map(({ data }) => Number(data['id']))
const hears = (desk: RoamingDesk, id: number) =>
  waitFor(() => idsOf(desk).includes(id), { message: () => `${id} came; ${idsOf(desk)}` })

async function connectDesk(hub: TestDaemon, resume: RoamingDesk | null = null): Promise<RoamingDesk> {
  const desk = new RoamingDesk('desk', { batch: true })
  desk.cursor = resume?.cursor ?? null
  await desk.connect(hub.url)
  return desk
}

test.skipIf(dump == null || restore == null)(
  'a dump that is restored, into another database or another cluster, is another history: old cursors get the gap, old rows are not new',
  async () => {
    if (dump == null || restore == null) return
    const [server, other] = [await startShop(), await startServer({ major, prepare: false })]
    const first = await openTestDaemon(server.url(), yaml)
    const desk = await connectDesk(first)
    await insert(server.url(), 1, 2, 3)
    await hears(desk, 3)
    const file = join(await openFolder(), 'office.dump')
    await dump(['--format=custom', `--file=${file}`], server.url())

    for (const target of [server, other]) {
      await runAdminSql(target.url(), ['CREATE DATABASE restored'])
      const url = withDatabase(target.url(), 'restored')
      await restore(['--dbname=restored', '--exit-on-error', file], url)
      const hub = await openTestDaemon(url, yaml)
      const returned = await connectDesk(hub, desk)
      await waitFor(() => returned.gaps.length > 0)
      expect(returned.gaps).toEqual(['incarnation'])
      await insert(url, 4)
      await hears(returned, 4)
      // The registration names a table by its oid, which is another one here.
      await install(url, { item: {} })
      await insert(url, 5)
      await hears(returned, 5)
      expect(idsOf(returned)).toEqual([4, 5])
      expect(returned.gaps).toEqual(['incarnation'])
    }
    await insert(server.url(), 6)
    await hears(desk, 6)
    expect(desk.gaps).toEqual([])
  },
)

/** Stops a server and puts a base backup in the place of its data. */
async function putBackup(server: EmbeddedServer, backup: string, signal: string | null): Promise<void> {
  const data = join(server.dataDir, 'data')
  await server.stop()
  const run = promisify(execFile)
  await run('chown', ['-R', `--reference=${data}`, backup])
  await rm(data, { recursive: true })
  await run('cp', ['-a', backup, data])
  if (signal !== null) await writeFile(join(data, signal), '')
}

test.skipIf(baseBackup == null)(
  'a recovery to a point in time is another history, also for a hub that ran meanwhile; it goes on by itself',
  async () => {
    if (baseBackup == null) return
    const archive = await openFolder()
    const backup = join(await openFolder(), 'base')
    const archived = { archive_mode: 'on', archive_command: `cp %p ${archive}/%f` }
    const server = await startShop(archived)
    const hub = await openTestDaemon(server.url(), yaml)
    const desk = await connectDesk(hub)
    await baseBackup(['--pgdata', backup, '--wal-method=fetch', '--checkpoint=fast'], server.url())
    await insert(server.url(), 1)
    await hears(desk, 1)
    await runAdminSql(server.url(), [`SELECT pg_create_restore_point('before')`])
    await insert(server.url(), 2, 3)
    await hears(desk, 3)
    await runAdminSql(server.url(), ['SELECT pg_switch_wal()'])

    await putBackup(server, backup, 'recovery.signal')
    await server.start({
      restore_command: `cp ${archive}/%f %p`,
      recovery_target_name: 'before',
      recovery_target_action: 'promote',
    })
    await waitFor(() => desk.gaps.length > 0)
    await insert(server.url(), 11)
    await hears(desk, 11)
    expect(desk.gaps).toEqual(['incarnation'])
    expect(idsOf(desk)).toEqual([1, 2, 3, 11])
  },
)

test.skipIf(baseBackup == null)(
  'a base backup that is started as it is, on the same timeline, is told from the original: who saw what came after it gets the gap',
  async () => {
    if (baseBackup == null) return
    const backup = join(await openFolder(), 'base')
    const server = await startShop()
    const hub = await openTestDaemon(server.url(), yaml)
    const [early, late] = [await connectDesk(hub), await connectDesk(hub)]
    await insert(server.url(), 1)
    await Promise.all([hears(early, 1), hears(late, 1)])
    early.cut()
    await baseBackup(['--pgdata', backup, '--wal-method=fetch', '--checkpoint=fast'], server.url())
    await insert(server.url(), 2, 3)
    await hears(late, 3)
    await hub.daemon.close()

    await putBackup(server, backup, null)
    await server.start()
    // As many transactions as were lost, and more, before a hub is there.
    await insert(server.url(), ...Array.from({ length: 30 }, (_, i) => 11 + i))
    const after = await openTestDaemon(server.url(), yaml)
    const [earlier, later] = [await connectDesk(after, early), await connectDesk(after, late)]
    await waitFor(() => later.gaps.length > 0)
    expect(later.gaps).toEqual(['incarnation'])
    await insert(server.url(), 50)
    await Promise.all([hears(earlier, 50), hears(later, 50)])
    expect(earlier.gaps).toEqual([])
    expect(idsOf(earlier)).toEqual([...Array.from({ length: 30 }, (_, i) => 11 + i), 50])
    expect(idsOf(later)).toEqual([50])
  },
)
