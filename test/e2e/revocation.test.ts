import { expect, test } from 'vitest'
import { createKey, hashKey } from '../../src/access/shared-keys.ts'
import { openPool } from '../../src/database/pool.ts'
import { restoreRevoked, revoke } from '../../src/database/revocations.ts'
import { adminOptions } from '../support/capture-fixture.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { lookedEarly } from '../support/looked-early.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const database = await createTestDatabase()
const yaml = `auth: { mode: key, keys: [{ name: desk, hash: "${hashKey(createKey())}" }] }`

test('a hub hears of a revocation before its next look', async () => {
  const { daemon, log } = await openTestDaemon(database.url, yaml)
  await daemon.live
  const looks = () => log.filter(line => line.includes('what is revoked was read'))
  await waitFor(() => looks().length === 1)
  const pool = openPool(adminOptions(database.url), 1)
  await waitFor(async () => {
    const before = looks().length
    await revoke(pool, { kind: 'key', subject: 'desk' }, null)
    await waitFor(() => looks().length > before)
    await restoreRevoked(pool, { kind: 'key', subject: 'desk' })
    await waitFor(() => looks().length > before + 1)
    return lookedEarly(log)
  })
  await pool.close()
  expect(log.at(-1)).not.toContain('desk')
})
