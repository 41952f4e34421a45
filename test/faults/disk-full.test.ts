import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { openEmbeddedServer } from '../../src/demo/embedded-server.ts'
import { runAdminSql } from '../support/admin-sql.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { defaultMajor, packageName } from '../support/majors.ts'
import { openClient } from '../support/open-client.ts'
import { prepareTemplate } from '../support/prepare-template.ts'
import { RoamingDesk } from '../support/roaming-desk.ts'
import { waitFor } from '../support/wait-for.ts'

const run = promisify(execFile)
const megabyte = 1_048_576
const disk = await mountSmallDisk()

test.skipIf(disk === null)(
  'a full disk of the database fails writes with its own error and no other; the hub stays, comes back, and nothing committed is lost',
  async () => {
    if (disk === null) return
    const server = await openEmbeddedServer({
      packageName: packageName(defaultMajor),
      dataDir: join(disk, 'server'),
      settings: { max_wal_size: '32MB', min_wal_size: '32MB', fsync: 'off' },
    })
    onTestFinished(() => server.stop('immediate'))
    const url = server.url()
    await prepareTemplate(url)
    await runAdminSql(url, [
      'CREATE TABLE item (id int PRIMARY KEY, note text)',
      `SELECT rtbridge.capture_table('item', '{id}')`,
    ])
    const hub = await openTestDaemon(url, 'tables: { item: {} }')
    const desk = new RoamingDesk('desk', { batch: true })
    await desk.connect(hub.url)

    const ballast = join(disk, 'ballast')
    await writeFile(ballast, Buffer.alloc((await freeBytes(disk)) - 24 * megabyte))
    const errors = await writeUntilFull(url)
    expect(errors.filter(code => !spaceErrors.has(code))).toEqual([])
    await rm(ballast)
    // The log could not be written: then the server itself went down.
    await waitFor(
      async () => {
        await server.start()
        await runAdminSql(url, [`INSERT INTO item VALUES (-1, 'after')`])
        return true
      },
      { timeoutMs: 60_000, intervalMs: 200 },
    )

    const idsOf = () => desk.events.map(({ data }) => Number(data['id']))
    await waitFor(() => idsOf().includes(-1))
    const { rows } = await (await openClient(url)).query('SELECT id FROM item ORDER BY id')
    expect(rows.length).toBeGreaterThan(100)
    const received = idsOf().sort((a, b) => a - b)
    expect(received).toEqual(rows.map(({ id }) => id))
    expect(desk.gaps).toEqual([])
    expect(desk.connections).toBe(1)
  },
)

/** 53100 disk_full; a server that could not write its log ends sessions, refuses new ones and restarts. */
const spaceErrors = new Set([
  '53100',
  '58030',
  '57P02',
  '57P03',
  '57P01',
  'ECONNREFUSED',
  'ECONNRESET',
  'lost',
])

/** Inserts until writes fail and go on failing. Returns the codes of what failed. */
async function writeUntilFull(url: string): Promise<string[]> {
  const errors: string[] = []
  let client: Client | null = null
  for (let id = 1; errors.length < 20; id++) {
    try {
      client ??= await connect(url)
      // Random text, which does not compress.
      await client.query(
        `INSERT INTO item SELECT $1, string_agg(gen_random_uuid()::text, '') FROM generate_series(1, 1000)`,
        [id],
      )
    } catch (error) {
      errors.push((error as { code?: string }).code ?? 'lost')
      await client?.end().catch(() => {})
      client = null
    }
  }
  return errors
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  return client
}

async function freeBytes(folder: string): Promise<number> {
  const { stdout } = await run('df', ['--output=avail', '-B1', folder])
  return Number(stdout.trim().split('\n').at(-1))
}

/** A disk of its own in memory; null, with the reason said, where this process may not mount one. */
async function mountSmallDisk(): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'rtbridge-disk-'))
  afterAll(() => rm(folder, { recursive: true, force: true }))
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=400m,mode=755', 'tmpfs', folder])
  } catch (error) {
    console.info(`no test with a full disk: ${(error as Error).message.trim()}`)
    return null
  }
  afterAll(() => run('umount', ['-l', folder]))
  return folder
}
