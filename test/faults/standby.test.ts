import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { ChangeHistory } from '../../src/capture/change-history.ts'
import { TableRegistry } from '../../src/capture/table-registry.ts'
import { openPool } from '../../src/database/pool.ts'
import { openEmbeddedServer } from '../../src/demo/embedded-server.ts'
import { runAdminSql } from '../support/admin-sql.ts'
import { adminOptions, openTestCapture } from '../support/capture-fixture.ts'
import { createCounterTable, describeChange } from '../support/counter-table.ts'
import { defaultMajor, packageName } from '../support/majors.ts'
import { startServer } from '../support/start-server.ts'
import { waitFor } from '../support/wait-for.ts'

test('says that a standby is one, and begins another history when it is promoted', async () => {
  const primary = await startServer()
  const url = primary.url()
  await createCounterTable(url)
  const { starts, states, changes, received, checkpoints } = await openTestCapture(url)
  await runAdminSql(url, ['INSERT INTO counter VALUES (1, 0)'])
  await received(1)
  const before = (await waitFor(() => checkpoints.find(({ after }) => after === 1))).cursor
  await primary.stop()

  // A copy of the stopped primary that waits for WAL is a standby; it takes over the primary's address.
  const dataDir = `${primary.dataDir}-standby`
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  // With owners and rights, which Node's own copy does not keep.
  await promisify(execFile)('cp', ['-a', primary.dataDir, dataDir])
  await writeFile(join(dataDir, 'data', 'standby.signal'), '')
  const standby = await openEmbeddedServer({
    packageName: packageName(defaultMajor),
    dataDir,
    port: primary.port,
  })
  onTestFinished(() => standby.stop('immediate'))
  await waitFor(() => states.includes('RTB_DATABASE_STANDBY'))

  await runAdminSql(url, ['SELECT pg_promote()'])
  await waitFor(() => starts.length === 2)
  const here = starts[1]?.cursor
  if (here === undefined) throw new Error('the capture did not start again')
  expect(starts[1]?.gap).toBe('incarnation')
  expect(here.incarnation).not.toBe(before.incarnation)
  await runAdminSql(url, ['INSERT INTO counter VALUES (2, 0)'])
  await received(2)
  expect(changes.map(describeChange)).toEqual(['INSERT 1=0', 'INSERT 2=0'])

  const pool = openPool(adminOptions(url), 1)
  onTestFinished(() => pool.close())
  const history = new ChangeHistory({
    pool,
    registry: new TableRegistry(),
    incarnation: () => here.incarnation,
    now: () => performance.now(),
  })
  expect(await history.check(before)).toBe('incarnation')
  expect(await history.check(here)).toBe(null)
})
