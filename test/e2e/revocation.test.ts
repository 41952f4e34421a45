import { expect, test } from 'vitest'
import { createKey, hashKey } from '../../src/access/shared-keys.ts'
import { openPool } from '../../src/database/pool.ts'
import { revoke } from '../../src/database/revocations.ts'
import { adminOptions } from '../support/capture-fixture.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const database = await createTestDatabase()
const yaml = `auth: { mode: key, keys: [{ name: desk, hash: "${hashKey(createKey())}" }] }`

test('a hub hears of a revocation before its next look', async () => {
  const { daemon, log } = await openTestDaemon(database.url, yaml)
  await daemon.live
  const times = () => log.filter(line => line.includes('what is revoked was read')).length
  await waitFor(() => times() === 1)
  const pool = openPool(adminOptions(database.url), 1)
  await revoke(pool, { kind: 'key', subject: 'desk' }, null)
  await pool.close()
  // Without hearing it would look 3 s after its first one.
  await waitFor(() => times() === 2, { timeoutMs: 2_000 })
  expect(log.at(-1)).not.toContain('desk')
})
