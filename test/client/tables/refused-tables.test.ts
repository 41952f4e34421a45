import { expect, onTestFinished, test } from 'vitest'
import type { TransportName } from '../../../src/client/api/client-options.ts'
import { createClient } from '../../../src/client-node/index.ts'
import { openTestDaemon } from '../../support/daemon-fixture.ts'
import { createPlainRole } from '../../support/plain-role.ts'
import { createTestDatabase } from '../../support/test-database.ts'
import { waitFor } from '../../support/wait-for.ts'
import { installTables } from '../../support/wasla-database.ts'

const yaml = 'tables:\n  sale: {}\n  queue: {}\n'
const database = await createTestDatabase()
const hub = await createPlainRole(database, 'hub')
await database.query('CREATE TABLE sale (id int PRIMARY KEY); CREATE TABLE queue (id int PRIMARY KEY)')
await installTables(database, yaml)
await database.query(`GRANT USAGE ON SCHEMA rtbridge TO ${hub.name};
  GRANT ALL ON ALL TABLES IN SCHEMA rtbridge TO ${hub.name};
  GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA rtbridge TO ${hub.name};
  GRANT SELECT ON queue TO ${hub.name}`)

/** A client of a hub that may not read `sale`, and what `onError` heard. */
async function openAtBlindHub(transport: TransportName) {
  const { daemon } = await openTestDaemon(hub.url, yaml)
  const errors: unknown[] = []
  const client = createClient({
    url: `${transport === 'sse' ? 'http' : 'ws'}://127.0.0.1:${daemon.port}/`,
    appName: 'test',
    transports: [transport],
    onError: error => void errors.push(error),
  })
  onTestFinished(() => client.close())
  /** What is refused is told in its order: the one that is read comes after all that was refused before it. */
  const settle = async () => {
    const table = client.table('queue')
    await table.ready()
    table.close()
  }
  return { client, errors, settle }
}

test.each<TransportName>(['websocket', 'sse'])(
  'over %s onError hears once of a table that the hub may not read, with what helps',
  async transport => {
    const { client, errors, settle } = await openAtBlindHub(transport)
    const tables = [client.table('sale'), client.table('sale')]
    await waitFor(() => tables.every(({ state }) => state === 'failed'))
    await settle()
    expect(errors).toEqual([
      expect.objectContaining({
        code: 'RTB_SNAPSHOT_UNREADABLE',
        hint: expect.stringContaining('SELECT on the table'),
      }),
    ])
    expect(errors[0]).toBe(tables[0]?.error)
  },
)

test.each<TransportName>(['websocket', 'sse'])(
  'over %s onError hears once of a table that is not captured, as it does of a room, also when ready() is awaited',
  async transport => {
    const { client, errors, settle } = await openAtBlindHub(transport)
    const results = await Promise.allSettled([client.table('sail').ready(), client.join('user:zoe').ready()])
    await settle()
    const rejected = results.map(result => (result as PromiseRejectedResult).reason)
    expect(rejected.map(({ code }) => code)).toEqual(['RTB_SNAPSHOT_TABLE', 'RTB_ROOM_AUTOMATIC'])
    expect(new Set(errors)).toEqual(new Set(rejected))
    expect(errors).toHaveLength(2)
  },
)
