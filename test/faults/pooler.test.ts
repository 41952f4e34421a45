import { describe, expect, onTestFinished, test } from 'vitest'
import { createCounterTable, describeChange, withoutRepeats } from '../support/counter-table.ts'
import { openTestCapture } from '../support/capture-fixture.ts'
import { openClient } from '../support/open-client.ts'
import { findPgBouncer, startPgBouncer } from '../support/start-pgbouncer.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const binary = findPgBouncer()
if (binary === null) console.info('tests behind PgBouncer are skipped: it is not installed (apt install pgbouncer)')

describe.skipIf(binary === null)('behind PgBouncer in transaction mode', async () => {
  const database = await createTestDatabase()
  await createCounterTable(database.url)
  const pooler = await startPgBouncer(database.url, 'transaction')

  test('delivers every change, by paced reads', async () => {
    const hub = await openTestCapture(pooler.url)
    expect(hub.capture.pooled).toBe(true)
    await database.query('INSERT INTO counter SELECT i, 0 FROM generate_series(1, 3000) i')
    await hub.received(3000)
    await database.query('UPDATE counter SET n = 1 WHERE id = 7')
    await hub.received(3001)
    expect(withoutRepeats(hub.changes)).toHaveLength(3001)
    expect(describeChange(hub.changes.at(-1) as never)).toBe('UPDATE 7=1')
    expect(hub.capture.hears).toBe(false)
    expect(hub.states).toEqual(['live'])
  })
})
