import { execFile } from 'node:child_process'
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { openEmbeddedServer } from '../../../../src/demo/embedded-server.ts'
import { runAdminSql } from '../../../support/admin-sql.ts'
import { defaultMajor, packageName } from '../../../support/majors.ts'
import { prepareTemplate } from '../../../support/prepare-template.ts'
import { lookWith } from './look-with.ts'

const run = promisify(execFile)
const megabyte = 1_048_576
const disk = await mountSmallDisk()

test.skipIf(disk === null)('the disk of the database is full', async () => {
  if (disk === null) return
  const server = await openEmbeddedServer({
    packageName: packageName(defaultMajor),
    dataDir: join(disk, 'server'),
    settings: { max_wal_size: '32MB', min_wal_size: '32MB' },
  })
  onTestFinished(() => server.stop('immediate'))
  await prepareTemplate(server.url())
  const ballast = join(disk, 'ballast')
  const { bavail, bsize } = await statfs(disk)
  await writeFile(ballast, Buffer.alloc(bavail * bsize - megabyte))
  expect(await lookWith('database-disk', server.url())).toMatchObject({
    state: 'problem',
    found: expect.stringContaining('left on the disk of'),
    findings: [{ fix: expect.stringContaining(`df -h ${disk}`) }],
  })
  await fillJournal(server.url())
  expect(await lookWith('journal-write', server.url())).toMatchObject({
    state: 'problem',
    found: expect.stringContaining('the disk of the database is full'),
    findings: [{ fix: expect.stringContaining('make room there') }],
  })
  await rm(ballast)
  expect(await lookWith('journal-write', server.url())).toMatchObject({ state: 'ok' })
})

/** Until the file of the journal itself cannot grow: a page that is there already takes the doctor's trial. */
async function fillJournal(url: string): Promise<void> {
  const publish = `SELECT rtbridge.publish('FILLER', jsonb_build_object('x', i)) FROM generate_series(1, 40) i`
  for (;;) {
    const error = await runAdminSql(url, [publish]).then(
      () => null,
      thrown => thrown as { code?: string },
    )
    if (error !== null) return expect(error.code).toBe('53100')
  }
}

/** A disk of its own in memory; null, with the reason said, where this process may not mount one. */
async function mountSmallDisk(): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'rtbridge-disk-'))
  afterAll(() => rm(folder, { recursive: true, force: true }))
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=250m,mode=755', 'tmpfs', folder])
  } catch (error) {
    console.info(`no test with a full disk: ${(error as Error).message.trim()}`)
    return null
  }
  afterAll(() => run('umount', ['-l', folder]))
  return folder
}
